/** HTTP of reads: groups, todos and the server-rendered workspace, from the read model. */
import type { Sql } from "../../actors/platform/mod.ts";
import { ProblemError, REFUSALS, type Role } from "../../actors/protocol/mod.ts";
import {
  type Caller,
  conditionalJson,
  type EdgeContext,
  isConditional,
  malformed,
  minVersionOf,
  notModified,
  parameterOf,
  pathId,
  type RateLimiter,
  readBy,
  type Route,
} from "../http/mod.ts";
import { type Consistency, markedLate } from "./consistency.ts";
import { listTag, readerTag } from "./entity_tags.ts";
import { formatGroupCursor, parseGroupCursor } from "./group_cursor.ts";
import { type GroupItem, listGroups, readGroup } from "./groups.ts";
import type { PastReader } from "./past.ts";
import { standingsLoader, type StandingView } from "./standings.ts";
import { todoHandlers } from "./todo_routes.ts";
import { listTodos, type TodoItem } from "./todos.ts";

/** Most groups of a page, and most todos that the workspace fragment shows. */
const MAX_LIMIT = 200;

/** What the workspace fragment shows. */
export interface Workspace {
  readonly groups: readonly GroupItem[];
  /** The group whose todos are shown. */
  readonly selected?: GroupItem;
  readonly todos: readonly TodoItem[];
}

export interface ReadRoutesDeps {
  readonly sql: Sql;
  readonly consistency: Consistency;
  /** Per user. */
  readonly quota: RateLimiter;
  readonly past: PastReader;
  readonly onLimited: (policy: string) => void;
  /** Renders the workspace as an HTML fragment. */
  readonly renderWorkspace: (workspace: Workspace) => string;
}

export function readRoutes(deps: ReadRoutesDeps): Route[] {
  const { sql, consistency } = deps;
  const standingOf = standingsLoader(sql);

  /**
   * 304 when the caller holds what has the tag by `tagOf` already: for that nothing of the group is read.
   *
   * @throws {ProblemError} `not-found` when the caller is no member
   */
  const unchanged = async (
    context: EdgeContext,
    { caller, groupId }: { readonly caller: Caller; readonly groupId: string },
    tagOf: (view: StandingView & { readonly role: Role }) => string,
  ): Promise<Response | undefined> => {
    if (!isConditional(context)) return undefined;
    const view = await consistency.readGroup(
      () => standingOf({ groupId, userId: caller.userId }),
      { caller, groupId, ...minVersionOf(context) },
    );
    // Not asked again: to wait twice for a version would take longer than a read may.
    const { role } = view;
    if (role === undefined) throw new ProblemError(REFUSALS.groupMissing);
    return notModified(context, tagOf({ ...view, role }));
  };
  const route = readBy(deps.quota);

  const groups = async (context: EdgeContext, caller: Caller) => {
    const { userId } = caller;
    const limit = pageSizeOf(context);
    const cursor = parameterOf(context, "cursor");
    const after = cursor === undefined ? undefined : parseGroupCursor(userId, cursor);
    const late = await consistency.catchUp(caller);
    const page = await listGroups(sql, { userId, limit, after });
    const told = {
      groups: page.groups,
      ...(page.end ? { next_cursor: formatGroupCursor(userId, page.end) } : {}),
    };
    return markedLate(conditionalJson(context, listTag(JSON.stringify(told)), told), late);
  };

  const group = async (context: EdgeContext, caller: Caller) => {
    const groupId = pathId(context, "group_id");
    const { userId } = caller;
    const same = await unchanged(
      context,
      { caller, groupId },
      (held) => readerTag(held, held.role),
    );
    if (same) return same;
    const view = await consistency.readGroup(
      () => readGroup(sql, { groupId, userId }),
      { caller, groupId, ...minVersionOf(context) },
    );
    if (!view.group) throw new ProblemError(REFUSALS.groupMissing);
    return conditionalJson(context, readerTag(view, view.group.role), view.group);
  };

  const todos = todoHandlers({ ...deps, standingOf, unchanged });

  const workspace = async (context: EdgeContext, caller: Caller) => {
    const late = await consistency.catchUp(caller);
    const wanted = context.req.query("group_id") ?? "";
    const { groups } = await listGroups(sql, { userId: caller.userId });
    const selected = groups.find((item) => item.group_id === wanted);
    const page = selected && await listTodos(sql, {
      groupId: selected.group_id,
      userId: caller.userId,
      limit: MAX_LIMIT,
    });
    const html = deps.renderWorkspace({
      groups,
      ...(selected ? { selected } : {}),
      todos: page?.todos ?? [],
    });
    const headers = { "content-type": "text/html; charset=utf-8" };
    return markedLate(new Response(html, { headers }), late);
  };

  return [
    route("/api/v1/groups", groups),
    route("/api/v1/groups/:group_id", group),
    route("/api/v1/todos", todos.list),
    route("/api/v1/todos/:todo_id", todos.one),
    route("/ui/workspace", workspace),
  ];
}

/**
 * The query parameter `limit`; without it the most that a page can have, so that clients that know no pages see
 * everything that a person can look through.
 *
 * @throws {ProblemError} `malformed`
 */
function pageSizeOf(context: EdgeContext): number {
  const text = parameterOf(context, "limit");
  if (text === undefined) return MAX_LIMIT;
  const limit = Number(text);
  if (/^\d{1,3}$/.test(text) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw malformed(`limit must be a whole number from 1 to ${MAX_LIMIT}`, { parameter: "limit" });
}
