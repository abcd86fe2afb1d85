/**
 * What happens to accounts and sessions, as others are told of it: CloudEvents 1.0 that wait in the outbox,
 * a table, from the transaction of the change until the stream has them. Names, passwords and addresses are
 * in none of them.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import {
  type AccountEventName,
  accountSubject,
  type SESSION_VERBS,
  type USER_VERBS,
} from "../../actors/protocol/routing/mod.ts";
import type { Store } from "./sessions.ts";

/** Channel on which Postgres tells that there is something in the outbox. */
export const OUTBOX_CHANNEL = "account_outbox";
/** Users whose events are taken at once, and most events of all of them. */
const USERS_AT_ONCE = 100;
const EVENTS_AT_ONCE = 1_000;

/** An event in the outbox. */
export interface AccountEvent {
  readonly id: string;
  readonly userId: string;
  /** `undefined` when it is about the account itself. */
  readonly sessionId: string | undefined;
  readonly verb: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
}

/** Notes, in the transaction of `sql`, what has happened to the account `userId`. */
export async function tellOfUser(
  sql: Store,
  userId: string,
  event: {
    readonly verb: Exclude<typeof USER_VERBS[number], "created">;
    /** Names of what is different. */
    readonly changed?: readonly string[];
  },
): Promise<void> {
  const data = event.changed ? { changed: [...event.changed] } : {};
  await sql`
    insert into account_outbox (user_id, verb, data)
    values (${userId}, ${event.verb}, ${JSON.stringify(data)}::text::jsonb)`;
}

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly session_id: string | null;
  readonly verb: string;
  readonly data: Record<string, unknown>;
  readonly occurred_at: Date;
}

/**
 * Hands events to `publish` and removes those it has taken. What one user's events are is taken by one
 * caller at a time, in their order; other callers take those of other users meanwhile.
 *
 * @param publish answers how many of the events of one user it has taken, from the first on
 * @returns how many there were, and how many of them were taken
 */
export async function takeEvents(
  sql: Sql,
  publish: (events: readonly AccountEvent[]) => Promise<number>,
): Promise<{ readonly found: number; readonly taken: number }> {
  return await sql.begin(async (transaction) => {
    // Whoever holds a user's first event has all of them; no later one is a first one until it is gone.
    const firsts = await transaction<{ user_id: string }[]>`
      select first.user_id from account_outbox first
      where not exists (
        select 1 from account_outbox earlier
        where earlier.user_id = first.user_id and earlier.position < first.position)
      order by first.position limit ${USERS_AT_ONCE}
      for update of first skip locked`;
    if (firsts.length === 0) return { found: 0, taken: 0 };
    const rows = await transaction<Row[]>`
      select id, user_id, session_id, verb, data, occurred_at from account_outbox
      where user_id = any(${firsts.map((row) => row.user_id)}::text[])
      order by position limit ${EVENTS_AT_ONCE}`;
    const ofUsers = [...Map.groupBy(rows.map(eventOf), ({ userId }) => userId).values()];
    const taken = (await Promise.all(
      ofUsers.map(async (events) => events.slice(0, await publish(events))),
    )).flat();
    await transaction`
      delete from account_outbox where id = any(${taken.map(({ id }) => id)}::uuid[])`;
    return { found: rows.length, taken: taken.length };
  });
}

function eventOf(row: Row): AccountEvent {
  return {
    id: row.id,
    userId: row.user_id,
    sessionId: row.session_id ?? undefined,
    verb: row.verb,
    data: row.data,
    occurredAt: row.occurred_at,
  };
}

/** The event as it is published: subject, and CloudEvent as JSON. */
export function messageOf(
  event: AccountEvent,
): { readonly subject: string; readonly body: string } {
  const { id, userId, sessionId, verb, data, occurredAt } = event;
  const kind = sessionId === undefined ? "user" : "session";
  const name = sessionId === undefined
    ? { user: userId, verb: verb as typeof USER_VERBS[number] }
    : { session: sessionId, verb: verb as typeof SESSION_VERBS[number] };
  const body = {
    specversion: "1.0",
    id,
    type: `com.todo1m.${kind}.${verb}`,
    source: `/users/${userId}`,
    subject: sessionId === undefined ? `users/${userId}` : `sessions/${sessionId}`,
    time: occurredAt.toISOString(),
    datacontenttype: "application/json",
    data: {
      user_id: userId,
      ...(sessionId === undefined ? {} : { session_id: sessionId }),
      ...data,
    },
  };
  return { subject: accountSubject(name satisfies AccountEventName), body: JSON.stringify(body) };
}
