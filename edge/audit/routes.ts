/** HTTP of audits: events of a group and of a todo, and the check and the export of a group's log. */
import type { Sql } from "../../actors/platform/mod.ts";
import { ProblemError, REFUSALS, type Role } from "../../actors/protocol/mod.ts";
import type { TodoBlame } from "../../actors/group/fold/mod.ts";
import {
  type Caller,
  conditionalJson,
  type EdgeContext,
  groupIdOf,
  minVersionOf,
  pathId,
  type RateLimiter,
  readBy,
  type Route,
} from "../http/mod.ts";
import { type Consistency, groupTag, readerTag, readRole, shownName } from "../reads/mod.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { blameTodo, type EventPage, listEvents, listTodoEvents, namesOf } from "./events.ts";
import { exportAnswer, exportHead } from "./export.ts";
import type { GroupLog } from "./group_log.ts";
import { countEvents, readProjected } from "./projected.ts";
import { auditQueryOf, type PageQuery, pageQueryOf } from "./query.ts";
import { NOT_WALKED, type Verification, verifyLog, type Walked } from "./verification.ts";
import { Walks } from "./walks.ts";

/** How long one request may walk a log; the rest is for the next. */
const WALK_MS = 1_000;
/** Walks of all users together: each has a page of its log in memory. */
const MOST_WALKS = 4;
const VERSION = /^(\d{1,15})$/;
/** Version, sequence, hash and number of the messages until there. */
const WALKED = /^(\d{1,15}):(\d{1,15}):([0-9a-f]{64}):(\d{1,15})$/;

export interface AuditRoutesDeps {
  readonly sql: Sql;
  readonly consistency: Consistency;
  readonly log: GroupLog;
  /** Per user. */
  readonly quota: RateLimiter;
}

export function auditRoutes(deps: AuditRoutesDeps): Route[] {
  const { sql, consistency, log } = deps;
  const walks = new Walks(MOST_WALKS);
  const route = readBy(deps.quota);

  /** The caller's role in the group, or 404. */
  const roleOf = async (context: EdgeContext, caller: Caller, groupId: string): Promise<Role> => {
    const { role } = await consistency.readGroup(
      () => readRole(sql, { groupId, userId: caller.userId }),
      { caller, groupId, ...minVersionOf(context) },
    );
    if (!role) throw new ProblemError(REFUSALS.groupMissing);
    return role;
  };

  const audit = async (context: EdgeContext, caller: Caller) => {
    const { filter, ...page } = auditQueryOf(context);
    const question = ["audit", page.groupId, filter.actor, filter.type, filter.fromMs, filter.toMs];
    const { groupId } = page;
    const query = { ...pageOf(page, caller, question), filter };
    const view = await consistency.readGroup(
      () => listEvents(sql, query),
      { caller, groupId, ...minVersionOf(context) },
    );
    if (!view.role) throw new ProblemError(REFUSALS.groupMissing);
    if (view.role === "member" && (filter.actor ?? caller.userId) !== caller.userId) {
      const detail = "Members see the events that they have caused themselves; leave actor out";
      throw new ProblemError({
        code: "forbidden",
        detail,
        errors: [{ pointer: "/actor", code: "forbidden", message: detail }],
      });
    }
    const { role } = view;
    // A member is shown other events than the next one.
    const tag = readerTag(view, role, role === "member" ? caller.userId : undefined);
    return conditionalJson(context, tag, { group_id: groupId, ...pageBody(view, question) });
  };

  const history = async (context: EdgeContext, caller: Caller) => {
    const page = pageQueryOf(context);
    const { groupId } = page;
    const todoId = pathId(context, "todo_id");
    const question = ["history", groupId, todoId];
    const query = { ...pageOf(page, caller, question), todoId };
    const view = await consistency.readGroup(
      () => listTodoEvents(sql, query),
      { caller, groupId, ...minVersionOf(context) },
    );
    if (!view.role) throw new ProblemError(REFUSALS.groupMissing);
    const isFirst = query.before === undefined;
    if (isFirst && view.events.length === 0) throw new ProblemError(REFUSALS.todoMissing);
    const blamed = isFirst
      ? await blameTodo(sql, { groupId, todoId, upTo: view.version })
      : undefined;
    return conditionalJson(context, groupTag(view), {
      group_id: groupId,
      todo_id: todoId,
      ...pageBody(view, question),
      ...(blamed ? { blame: await blameBody(sql, blamed) } : {}),
    });
  };

  const verify = async (context: EdgeContext, caller: Caller) => {
    const untilMs = performance.now() + WALK_MS;
    const groupId = groupIdOf(context);
    const question = ["verify", groupId];
    const cursor = context.req.query("cursor");
    const from = cursor === undefined
      ? NOT_WALKED
      : walkedOf(parseCursor(question, cursor, WALKED));
    await roleOf(context, caller, groupId);
    const end = walks.begin(caller.userId);
    try {
      const projected = await readProjected(sql, groupId);
      const found = await verifyLog(log, { groupId, projected, from }, untilMs);
      const { head, commits, complete, fault } = found;
      return Response.json({
        group_id: groupId,
        valid: fault === undefined,
        complete,
        commits,
        events: head.version,
        head,
        ...(fault ? { fault } : {}),
        ...(complete ? { read_model: await readModelBody(sql, groupId, found) } : {}),
        ...(complete || fault ? {} : { next_cursor: formatCursor(question, placeOf(found)) }),
      });
    } finally {
      end();
    }
  };

  const download = async (context: EdgeContext, caller: Caller) => {
    const groupId = groupIdOf(context);
    if (await roleOf(context, caller, groupId) === "member") {
      throw new ProblemError({
        code: "forbidden",
        detail: "Only owners and admins may take the whole log along",
      });
    }
    // The content of an answer to HEAD is taken by nobody, and would never come to its end.
    if (context.req.method === "HEAD") return exportHead(groupId);
    return await exportAnswer(log, { groupId, end: walks.begin(caller.userId) });
  };

  return [
    route("/api/v1/audit", audit),
    route("/api/v1/audit/verify", verify),
    route("/api/v1/audit/export", download),
    route("/api/v1/todos/:todo_id/history", history),
  ];
}

function pageOf({ groupId, limit, cursor }: PageQuery, { userId }: Caller, question: unknown) {
  const [before] = cursor === undefined ? [] : parseCursor(question, cursor, VERSION);
  return { groupId, userId, limit, before: before === undefined ? undefined : Number(before) };
}

function pageBody({ version, events, end }: EventPage, question: unknown): object {
  return {
    version,
    events,
    ...(end === undefined ? {} : { next_cursor: formatCursor(question, `${end}`) }),
  };
}

/** Who set what, with names. */
async function blameBody(sql: Sql, { fields, deleted }: TodoBlame): Promise<object> {
  const acts = [...fields.values(), ...(deleted ? [deleted] : [])];
  const names = await namesOf(sql, [...new Set(acts.map(({ actor }) => actor))]);
  const named = <A extends { readonly actor: string; readonly at: string }>(
    { actor, at, ...rest }: A,
  ) => ({
    actor_user_id: actor,
    actor_username: shownName(actor, names.get(actor)),
    time: at,
    ...rest,
  });
  return {
    fields: Object.fromEntries(Array.from(fields, ([name, act]) => [name, named(act)])),
    ...(deleted ? { deleted: named(deleted) } : {}),
  };
}

/** Whether the read model has an event for each version that the log has, as far as it is projected. */
async function readModelBody(sql: Sql, groupId: string, { head }: Verification): Promise<object> {
  const { version } = await readProjected(sql, groupId);
  const expected = Math.min(version, head.version);
  const events = await countEvents(sql, groupId, expected);
  return { version, events, agrees: events === expected };
}

function walkedOf(place: readonly string[]): Walked {
  const [version, sequence, hash = "", commits] = place;
  return {
    head: { version: Number(version), sequence: Number(sequence), hash },
    commits: Number(commits),
  };
}

function placeOf({ head, commits }: Walked): string {
  return `${head.version}:${head.sequence}:${head.hash}:${commits}`;
}
