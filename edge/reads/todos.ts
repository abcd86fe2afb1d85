/** Todos in the read model, in the shape clients see: Todo-1M's fields first, then ours. */
import type { Sql } from "../../actors/platform/mod.ts";
import type { Comment, Todo } from "../../actors/protocol/mod.ts";
import type { TaggedView } from "./entity_tags.ts";
import type { PageEnd } from "./page_cursor.ts";
import { DELETED_USER, shownName } from "./shown_name.ts";
import { standing } from "./standing.ts";

/** A todo as clients see it. */
export type TodoItem =
  & {
    readonly todo_id: string;
    readonly group_id: string;
    readonly created_by_user_id: string;
    readonly created_by_username: string;
    readonly updated_by_user_id: string;
    readonly updated_by_username: string;
  }
  & Omit<Todo, "id" | "created_by" | "updated_by" | "comments">;

export interface TodoPage extends TaggedView {
  readonly todos: readonly TodoItem[];
  /** Where the page ends, when there are more todos behind it. */
  readonly end: PageEnd | undefined;
}

/** A todo as a read of it alone shows it. */
export type TodoWithComments = TodoItem & { readonly comments: readonly NamedComment[] };

export interface TodoDetail extends TaggedView {
  readonly todo: TodoWithComments | undefined;
}

/** A comment as clients see it. */
export type NamedComment = Comment & { readonly author_username: string };

/** What a statement about todos gives of one. */
export interface TodoRow {
  readonly version: string | null;
  readonly role: string | null;
  readonly name_changes: string | null;
  readonly todo_id: string | null;
  readonly data: Todo;
  readonly created_by_username: string | null;
  readonly updated_by_username: string | null;
}

/** The todo of `row` as clients see it. */
export function itemOf(groupId: string, row: TodoRow): TodoItem {
  const { data, created_by_username, updated_by_username } = row;
  return namedItem(groupId, data, { creator: created_by_username, editor: updated_by_username });
}

/** `todo` as clients see it, with the names of those who made it and changed it last, if they have any. */
export function namedItem(
  groupId: string,
  todo: Todo,
  { creator, editor }: {
    readonly creator: string | null | undefined;
    readonly editor: string | null | undefined;
  },
): TodoItem {
  const { id, created_by, updated_by, comments: _comments, ...rest } = todo;
  return {
    todo_id: id,
    group_id: groupId,
    created_by_user_id: created_by,
    created_by_username: shownName(created_by, creator),
    updated_by_user_id: updated_by,
    updated_by_username: shownName(updated_by, editor),
    ...rest,
  };
}

/** What a statement tells of the group besides. */
export function viewOf(row: TodoRow | undefined): TaggedView {
  return {
    version: Number(row?.version ?? 0),
    isMember: (row?.role ?? null) !== null,
    nameChanges: Number(row?.name_changes ?? 0),
  };
}

/**
 * One page of the todos of a group, newest first. One statement, so that data, version and membership
 * are of one moment.
 */
export async function listTodos(
  sql: Sql,
  query: {
    readonly groupId: string;
    readonly userId: string;
    readonly limit: number;
    readonly after?: PageEnd | undefined;
  },
): Promise<TodoPage> {
  const { groupId, userId, limit, after } = query;
  const beyond = after === undefined ? sql`` : sql`and todos.number < ${after.number}`;
  const rows = await sql<TodoRow[]>`
    select offsets.version, member.role, names.changes as name_changes, todo.*
    from ${standing(sql, groupId, userId)}
    left join lateral (
      select page.*, author.username as created_by_username, editor.username as updated_by_username
      from (
        select todos.todo_id, todos.data, todos.number, todos.created_by, todos.updated_by
        from todos
        where todos.group_id = ${groupId} and todos.deleted_at is null ${beyond}
        order by todos.number desc
        limit ${limit + 1}
      ) page
      left join users author on author.id = page.created_by
      left join users editor on editor.id = page.updated_by
    ) todo on member.role is not null
    order by todo.number desc`;
  const todos: TodoItem[] = [];
  for (const row of rows.slice(0, limit)) {
    if (row.todo_id !== null) todos.push(itemOf(groupId, row));
  }
  const last = rows[limit - 1];
  const hasMore = rows.length > limit && last !== undefined && last.todo_id !== null;
  return {
    ...viewOf(rows[0]),
    todos,
    end: hasMore ? { number: last.data.number } : undefined,
  };
}

/** One todo that is not deleted, with its comments. */
export async function readTodo(
  sql: Sql,
  query: { readonly groupId: string; readonly userId: string; readonly todoId: string },
): Promise<TodoDetail> {
  const { groupId, userId, todoId } = query;
  const [row] = await sql<(TodoRow & { comments: NamedComment[] | null })[]>`
    select offsets.version, member.role, names.changes as name_changes, todo.*
    from ${standing(sql, groupId, userId)}
    left join lateral (
      select todos.todo_id, todos.data,
             author.username as created_by_username, editor.username as updated_by_username,
             (select json_agg(json_strip_nulls(json_build_object(
                       'id', c.comment_id, 'text', c.text, 'author', c.author,
                       'author_username', coalesce(u.username, ${DELETED_USER}),
                       'created_at', to_char(c.created_at at time zone 'UTC', ${ISO_INSTANT}),
                       'edited_at', to_char(c.edited_at at time zone 'UTC', ${ISO_INSTANT})))
                     order by c.created_at, c.comment_id)
              from todo_comments c left join users u on u.id = c.author
              where c.group_id = todos.group_id and c.todo_id = todos.todo_id) as comments
      from todos
      left join users author on author.id = todos.created_by
      left join users editor on editor.id = todos.updated_by
      where todos.group_id = ${groupId} and todos.todo_id = ${todoId}
        and todos.deleted_at is null
    ) todo on member.role is not null`;
  return {
    ...viewOf(row),
    todo: row?.todo_id ? { ...itemOf(groupId, row), comments: row.comments ?? [] } : undefined,
  };
}

/** Postgres's pattern of an RFC 3339 instant in UTC with milliseconds. */
const ISO_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

/** Whether a todo with this id is in another group of which the user is a member. */
export async function isElsewhere(
  sql: Sql,
  query: { readonly groupId: string; readonly userId: string; readonly todoId: string },
): Promise<boolean> {
  const rows = await sql`
    select 1 from group_members member
    join todos on todos.group_id = member.group_id and todos.todo_id = ${query.todoId}
    where member.user_id = ${query.userId} and member.group_id <> ${query.groupId}
      and todos.deleted_at is null
    limit 1`;
  return rows.length > 0;
}
