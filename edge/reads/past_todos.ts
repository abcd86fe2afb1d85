/** Todos as they were: chosen, ordered and cut into pages in memory, under the names that people have now. */
import { findTodo, type GroupState, membersOf, todosOf } from "../../actors/group/fold/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import type { Todo } from "../../actors/protocol/mod.ts";
import {
  compareBy,
  type Condition,
  type GroupNames,
  isAfter,
  matches,
  NEWEST_FIRST,
  type SortKey,
  type SortValue,
  valuesOf,
} from "../../actors/query/mod.ts";
import { shownName } from "./shown_name.ts";
import { type NamedComment, namedItem, type TodoItem } from "./todos.ts";

/** Names of users by id. */
type Usernames = ReadonlyMap<string, string>;

/** The names of those of `userIds` who have an account. */
async function usernamesOf(sql: Sql, userIds: Iterable<string>): Promise<Usernames> {
  const wanted = [...new Set(userIds)];
  if (wanted.length === 0) return new Map();
  const rows = await sql<{ id: string; username: string }[]>`
    select id, username from users where id = any(${wanted})`;
  return new Map(rows.map(({ id, username }) => [id, username]));
}

/** What things were called in the group; its members are called as they are now. */
export async function pastNames(sql: Sql, state: GroupState): Promise<GroupNames> {
  const ids = membersOf(state).map(({ user_id }) => user_id);
  const usernames = await usernamesOf(sql, ids);
  return {
    labels: state.labels,
    columns: state.columns.map(({ id, title }) => ({ id, name: title })),
    members: ids.map((id) => ({ id, name: usernames.get(id) ?? "" })),
  };
}

/** A page of the todos of `state`, and the values of its last one when there are more behind it. */
export async function listPast(
  sql: Sql,
  state: GroupState,
  wanted: {
    readonly condition?: Condition | undefined;
    readonly keys?: readonly SortKey[] | undefined;
    readonly limit: number;
    readonly after?: readonly SortValue[] | undefined;
  },
): Promise<{ readonly todos: readonly TodoItem[]; readonly end: SortValue[] | undefined }> {
  const { condition, keys = NEWEST_FIRST, limit, after } = wanted;
  const chosen = todosOf(state).filter((todo) =>
    (!condition || matches(condition, todo)) && (!after || isAfter(keys, after, todo))
  ).sort(compareBy(keys));
  const page = chosen.slice(0, limit);
  const last = page.at(-1);
  const usernames = await usernamesOf(
    sql,
    page.flatMap(({ created_by, updated_by }) => [created_by, updated_by]),
  );
  return {
    todos: page.map((todo) => itemAs(state, todo, usernames)),
    end: chosen.length > limit && last ? valuesOf(keys, last) : undefined,
  };
}

function itemAs({ id }: GroupState, todo: Todo, usernames: Usernames): TodoItem {
  const { created_by, updated_by } = todo;
  return namedItem(id, todo, {
    creator: usernames.get(created_by),
    editor: usernames.get(updated_by),
  });
}

/** One todo of `state` with its comments; `undefined` when it was not there. */
export async function readPast(
  sql: Sql,
  state: GroupState,
  todoId: string,
): Promise<(TodoItem & { readonly comments: readonly NamedComment[] }) | undefined> {
  const todo: Todo | undefined = findTodo(state, todoId);
  if (!todo) return undefined;
  const { comments = [], created_by, updated_by } = todo;
  const usernames = await usernamesOf(
    sql,
    [created_by, updated_by, ...comments.map(({ author }) => author)],
  );
  return {
    ...itemAs(state, todo, usernames),
    comments: comments.map((comment) => ({
      ...comment,
      author_username: shownName(comment.author, usernames.get(comment.author)),
    })),
  };
}
