/** Events in the read model: those of a group, newest first, and those of one todo with who set what. */
import type { Sql } from "../../actors/platform/mod.ts";
import { type Role, TYPE_PREFIX } from "../../actors/protocol/mod.ts";
import { blame, type BlamedEvent, type TodoBlame } from "../../actors/group/fold/mod.ts";
import { shownName, standing, type TaggedView } from "../reads/mod.ts";
import type { AuditFilter } from "./query.ts";

/** An event as audits show it. */
export interface AuditEvent {
  readonly event_id: string;
  /** The group's version after it. */
  readonly version: number;
  readonly type: string;
  readonly time: string;
  readonly actor_user_id: string;
  /** Empty for timers, and for accounts that are gone. */
  readonly actor_username: string;
  readonly command_id: string;
  /** Absent for events of the group and its members. */
  readonly todo_id?: string;
  readonly data: unknown;
}

export interface EventPage extends TaggedView {
  /** Of the reader; `undefined` when it is no member. */
  readonly role: Role | undefined;
  readonly events: readonly AuditEvent[];
  /** Events of versions below it were not looked at; `undefined` when there are none. */
  readonly end: number | undefined;
}

/** Who reads a page of which group, and which one. */
export interface PageOf {
  readonly groupId: string;
  readonly userId: string;
  readonly limit: number;
  /** Only events of versions below it. */
  readonly before?: number | undefined;
}

/**
 * How many versions a page looks through for events that pass a filter without an index. What is rare in a
 * group of a million events is found in several pages, some of them empty, instead of in one long query.
 */
const WINDOW = 20_000;

interface EventRow {
  readonly event_id: string;
  readonly event_version: string;
  readonly event_type: string;
  readonly occurred_at: Date;
  readonly actor_user_id: string;
  readonly actor_username: string | null;
  readonly command_id: string;
  readonly todo_id: string | null;
  readonly data: unknown;
}

type PageRow = EventRow & {
  readonly version: string | null;
  readonly role: Role | null;
  readonly name_changes: string | null;
  readonly event_id: string | null;
};

/**
 * A page of the group's events that pass `filter`, newest first. Owners and admins are shown all of them,
 * members those that they have caused themselves.
 */
export async function listEvents(
  sql: Sql,
  query: PageOf & { readonly filter: AuditFilter },
): Promise<EventPage> {
  const { actor, type, fromMs, toMs } = query.filter;
  const instant = (ms: number) => sql`to_timestamp(${ms / 1000}::float8)`;
  const passes = sql`
    ${actor === undefined ? sql`` : sql`and event.actor_user_id = ${actor}`}
    ${
    type === undefined
      ? sql``
      : type.endsWith(".")
      ? sql`and starts_with(event.event_type, ${type})`
      : sql`and event.event_type = ${type}`
  }
    ${fromMs === undefined ? sql`` : sql`and event.occurred_at >= ${instant(fromMs)}`}
    ${toMs === undefined ? sql`` : sql`and event.occurred_at < ${instant(toMs)}`}`;
  const isSearch = Object.keys(query.filter).length > 0;
  const all = await page(sql, query, { passes, isSearch, readers: ["owner", "admin"] });
  // Whose events are shown depends on the role, which is known now; that it has changed since is seen again.
  return all.role === "member"
    ? await page(sql, query, {
      passes: sql`${passes} and event.actor_user_id = ${query.userId}`,
      isSearch: true,
      readers: ["owner", "admin", "member"],
    })
    : all;
}

/** A page of the events of a todo, newest first; every member is shown them, as the stream shows them. */
export function listTodoEvents(
  sql: Sql,
  query: PageOf & { readonly todoId: string },
): Promise<EventPage> {
  return page(sql, query, {
    passes: sql`and event.todo_id = ${query.todoId}`,
    isSearch: false,
    readers: ["owner", "admin", "member"],
  });
}

/** One statement, so that events, version and membership are of one moment. */
async function page(
  sql: Sql,
  { groupId, userId, limit, before }: PageOf,
  { passes, isSearch, readers }: {
    readonly passes: ReturnType<typeof standing>;
    /** Whether most of what is looked at may not pass. */
    readonly isSearch: boolean;
    readonly readers: readonly Role[];
  },
): Promise<EventPage> {
  const above = before ?? sql`offsets.version + 1`;
  const rows = await sql<PageRow[]>`
    select offsets.version, member.role, names.changes as name_changes, event.*
    from ${standing(sql, groupId, userId)}
    left join lateral (
      select page.*, actor.username as actor_username
      from (
        select event.event_id, event.version as event_version, event.event_type, event.occurred_at,
               event.actor_user_id, event.command_id, event.todo_id, event.data
        from todo_events event
        where event.group_id = ${groupId}
          and event.version < ${above}
          ${isSearch ? sql`and event.version >= ${above} - ${WINDOW}::bigint` : sql``}
          ${passes}
        order by event.version desc
        limit ${limit + 1}
      ) page
      left join users actor on actor.id = page.actor_user_id
    ) event on member.role = any(${readers as Role[]})
    order by event.event_version desc`;
  const [first] = rows;
  const found = rows.filter((row): row is PageRow & EventRow => row.event_id !== null);
  const events = found.slice(0, limit).map(eventOf);
  const version = Number(first?.version ?? 0);
  const lowest = isSearch ? (before ?? version + 1) - WINDOW : 1;
  return {
    version,
    isMember: (first?.role ?? null) !== null,
    nameChanges: Number(first?.name_changes ?? 0),
    role: first?.role ?? undefined,
    events,
    end: found.length > limit ? events.at(-1)?.version : lowest > 1 ? lowest : undefined,
  };
}

function eventOf(row: EventRow): AuditEvent {
  return {
    event_id: row.event_id,
    version: Number(row.event_version),
    type: row.event_type,
    time: row.occurred_at.toISOString(),
    actor_user_id: row.actor_user_id,
    actor_username: shownName(row.actor_user_id, row.actor_username),
    command_id: row.command_id,
    ...(row.todo_id === null ? {} : { todo_id: row.todo_id }),
    data: row.data,
  };
}

/** Events of one step: a todo may have many, and all of them count. */
const STEP = 500;

/** Who set what of a todo, by all its events up to version `upTo` of the group. */
export async function blameTodo(
  sql: Sql,
  todo: { readonly groupId: string; readonly todoId: string; readonly upTo: number },
): Promise<TodoBlame | undefined> {
  let found: TodoBlame | undefined;
  let after = 0;
  while (true) {
    const rows = await sql<Omit<EventRow, "actor_username">[]>`
      select event_id, version as event_version, event_type, occurred_at, actor_user_id, command_id,
             todo_id, data
      from todo_events
      where group_id = ${todo.groupId} and todo_id = ${todo.todoId}
        and version > ${after} and version <= ${todo.upTo}
      order by version
      limit ${STEP}`;
    for (const row of rows) found = blame(found, blamedOf(row));
    after = Number(rows.at(-1)?.event_version ?? 0);
    if (rows.length < STEP) return found;
  }
}

function blamedOf(row: Omit<EventRow, "actor_username">): BlamedEvent {
  // Type and data belong together in the row, which its type cannot show.
  return {
    type: `${TYPE_PREFIX}${row.event_type}`,
    sequence: row.event_version,
    time: row.occurred_at.toISOString(),
    authid: row.actor_user_id,
    causationid: row.command_id,
    data: row.data,
  } as unknown as BlamedEvent;
}

/** Names of users by id; who has no account has none. */
export async function namesOf(
  sql: Sql,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ id: string; username: string }[]>`
    select id, username from users where id = any(${userIds as string[]})`;
  return new Map(rows.map(({ id, username }) => [id, username]));
}
