/** HTTP of todos: lists that are chosen, ordered and searched, one todo, and both as they were. */
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import {
  bindFilter,
  type Condition,
  dateIn,
  type GroupNames,
  NEWEST_FIRST,
} from "../../actors/query/mod.ts";
import {
  type Caller,
  conditionalJson,
  type EdgeContext,
  groupIdOf,
  minVersionOf,
  parameterOf,
  pathId,
} from "../http/mod.ts";
import { choiceTag, groupTag, type TaggedView, todoTag } from "./entity_tags.ts";
import { findTodos, orderOf } from "./found_todos.ts";
import { type GroupDetail, readGroup } from "./groups.ts";
import { formatListCursor, type ListEnd, parseListCursor } from "./list_cursor.ts";
import { fingerprintOf, type ListQuery, listQueryOf } from "./list_query.ts";
import { lookingBack, type LookingBackDeps } from "./looking_back.ts";
import { type Moment, momentOf } from "./moment.ts";
import { formatPageCursor, parsePageCursor } from "./page_cursor.ts";
import { listPast, pastNames, readPast } from "./past_todos.ts";
import { readParameter } from "./query_fault.ts";
import { listTodos, readTodo } from "./todos.ts";

export interface TodoRoutesDeps extends LookingBackDeps {
  readonly sql: Sql;
  /** 304 when the caller holds what has this tag. */
  readonly unchanged: (
    context: EdgeContext,
    about: About,
    tagOf: (view: TaggedView) => string,
  ) => Promise<Response | undefined>;
}

interface About {
  readonly caller: Caller;
  readonly groupId: string;
}

const NO_NAMES: GroupNames = { labels: [], columns: [], members: [] };

/** The handlers of a list of todos and of one todo. */
export function todoHandlers(deps: TodoRoutesDeps) {
  const { sql, consistency, unchanged } = deps;
  const lookBack = lookingBack(deps);

  /** All todos as they are now, the newest first. */
  const plainList = async (context: EdgeContext, about: About, { limit, cursor }: ListQuery) => {
    const { caller: { userId }, groupId } = about;
    const after = cursor === undefined ? undefined : parsePageCursor(groupId, cursor);
    const same = await unchanged(context, about, groupTag);
    if (same) return same;
    const page = await consistency.readGroup(
      () => listTodos(sql, { groupId, userId, limit, after }),
      { ...about, ...minVersionOf(context) },
    );
    if (!page.isMember) throw new ProblemError(REFUSALS.groupMissing);
    return conditionalJson(context, groupTag(page), {
      todos: page.todos,
      version: page.version,
      ...(page.end ? { next_cursor: formatPageCursor(groupId, page.end) } : {}),
    });
  };

  const foundList = async (context: EdgeContext, about: About, query: ListQuery) => {
    const { caller: { userId }, groupId } = about;
    const after = endBefore(query);
    const nowMs = after?.nowMs ?? Date.now();
    const list = fingerprintOf([
      query.fingerprint,
      query.filter?.isRelative ? dateIn(nowMs, query.timeZone) : undefined,
      query.limit,
      query.cursor,
      userId,
    ]);
    const tagOf = (view: TaggedView) => choiceTag(view, list);
    const same = await unchanged(context, about, tagOf);
    if (same) return same;
    const options = { ...about, ...minVersionOf(context) };
    let names = NO_NAMES;
    if (query.filter?.needsNames) {
      const { group } = await consistency.readGroup(
        () => readGroup(sql, { groupId, userId }),
        options,
      );
      if (!group) throw new ProblemError(REFUSALS.groupMissing);
      names = namesOf(group);
    }
    const condition = conditionOf(query, { nowMs, userId, names });
    const wanted = { ...query, condition, after: after?.values };
    const page = await consistency.readGroup(
      () => findTodos(sql, { groupId, userId }, wanted),
      options,
    );
    if (!page.isMember) throw new ProblemError(REFUSALS.groupMissing);
    return conditionalJson(context, tagOf(page), {
      todos: page.todos,
      version: page.version,
      ...cursorOf(query, page.end && { values: page.end, nowMs }),
    });
  };

  const pastList = (context: EdgeContext, about: About, query: ListQuery & { at: Moment }) => {
    const { userId } = about.caller;
    const { at, filter } = query;
    const before = endBefore(query);
    return lookBack(context, {
      ...about,
      // All pages show what the first one did.
      moment: before?.version === undefined ? at : { version: before.version },
      thing: {
        kind: "g",
        fingerprint: fingerprintOf([query.fingerprint, query.limit, query.cursor, userId]),
      },
      answer: async ({ state, timeMs }) => {
        // What was due then: the day is that of the moment.
        const nowMs = before?.nowMs ?? ("instantMs" in at ? at.instantMs : timeMs);
        const names = filter?.needsNames ? await pastNames(sql, state) : NO_NAMES;
        const condition = conditionOf(query, { nowMs, userId, names });
        const page = await listPast(sql, state, { ...query, condition, after: before?.values });
        const { version } = state;
        const end = page.end && { values: page.end, nowMs, version };
        return { version, body: { todos: page.todos, version, ...cursorOf(query, end) } };
      },
    });
  };

  const list = (context: EdgeContext, caller: Caller): Promise<Response> => {
    const groupId = groupIdOf(context);
    const query = listQueryOf(context, groupId);
    const about = { caller, groupId };
    if (query.isPlain) return plainList(context, about, query);
    const { at } = query;
    return at === undefined
      ? foundList(context, about, query)
      : pastList(context, about, { ...query, at });
  };

  const pastTodo = (
    context: EdgeContext,
    about: About,
    { todoId, at }: { readonly todoId: string; readonly at: string },
  ) =>
    lookBack(context, {
      ...about,
      moment: momentOf(at),
      thing: { kind: "v", fingerprint: fingerprintOf([about.groupId, todoId, at]) },
      answer: async ({ state }) => {
        const todo = await readPast(sql, state, todoId);
        if (!todo) throw new ProblemError(REFUSALS.todoMissing);
        return { version: todo.version, body: todo };
      },
    });

  const one = async (context: EdgeContext, caller: Caller): Promise<Response> => {
    const groupId = groupIdOf(context);
    const todoId = pathId(context, "todo_id");
    const at = parameterOf(context, "at");
    if (at !== undefined) return await pastTodo(context, { caller, groupId }, { todoId, at });
    const view = await consistency.readGroup(
      () => readTodo(sql, { groupId, userId: caller.userId, todoId }),
      { caller, groupId, ...minVersionOf(context) },
    );
    if (!view.isMember) throw new ProblemError(REFUSALS.groupMissing);
    if (!view.todo) throw new ProblemError(REFUSALS.todoMissing);
    return conditionalJson(context, todoTag(view.todo.version, view), view.todo);
  };

  return { list, one };
}

function namesOf({ labels, columns, members }: GroupDetail): GroupNames {
  return {
    labels,
    columns: columns.map(({ id, title }) => ({ id, name: title })),
    members: members.map(({ user_id, username }) => ({ id: user_id, name: username })),
  };
}

function conditionOf(
  { filter, timeZone }: ListQuery,
  context: { readonly nowMs: number; readonly userId: string; readonly names: GroupNames },
): Condition | undefined {
  if (filter === undefined) return undefined;
  return readParameter("filter", () => bindFilter(filter, { ...context, timeZone }));
}

/** Where the page before ended, if there was one. */
function endBefore(query: ListQuery): ListEnd | undefined {
  const { cursor, fingerprint, at, keys = NEWEST_FIRST } = query;
  if (cursor === undefined) return undefined;
  return parseListCursor(fingerprint, at === undefined ? orderOf(query) : keys, cursor);
}

function cursorOf({ fingerprint }: ListQuery, end: ListEnd | undefined): { next_cursor?: string } {
  return end ? { next_cursor: formatListCursor(fingerprint, end) } : {};
}
