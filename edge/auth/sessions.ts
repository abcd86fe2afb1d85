/**
 * The sessions of a user. A session is a family of refresh tokens of which the newest is live; it is over
 * when none is. Knows nothing of access tokens, which outlive it by minutes unless its end is announced.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import { uuidTimeMs } from "../../actors/protocol/mod.ts";

/** Most sessions that are listed. */
const LISTED = 200;
const USER_AGENT_MAX_CHARS = 200;

/** The pool, or a transaction of it. */
export type Store = Sql | Parameters<Parameters<Sql["begin"]>[1]>[0];

/** A session as its user sees it; instants are RFC 3339. */
export interface SessionItem {
  readonly id: string;
  readonly created_at: string;
  /** When it was started or its tokens were last exchanged. */
  readonly last_used_at: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
  /** What its client calls itself; `null` when it does not. */
  readonly user_agent: string | null;
}

/** What is kept of how the client of `request` calls itself: at most 200 characters. */
export function userAgentOf(request: Request): string | null {
  return request.headers.get("user-agent")?.trim().slice(0, USER_AGENT_MAX_CHARS).trim() || null;
}

/** The live sessions of a user, the last used first; at most 200. */
export async function listSessions(
  sql: Sql,
  caller: { readonly userId: string; readonly sessionId: string },
): Promise<SessionItem[]> {
  const rows = await sql<{ family_id: string; created_at: Date; user_agent: string | null }[]>`
    select family_id, created_at, user_agent from refresh_tokens
    where user_id = ${caller.userId} and rotated_at is null and revoked_at is null
      and expires_at > now()
    order by created_at desc, family_id desc
    limit ${LISTED}`;
  return rows.map((row) => ({
    id: row.family_id,
    // The first tokens of an old family are gone, but its id carries the time.
    created_at: new Date(uuidTimeMs(row.family_id)).toISOString(),
    last_used_at: row.created_at.toISOString(),
    current: row.family_id === caller.sessionId,
    user_agent: row.user_agent,
  }));
}

/** Why sessions end. */
export type EndReason =
  | "signed-out"
  | "ended-by-user"
  | "token-reused"
  | "password-changed"
  | "account-deleted";

/** Which sessions of a user: one, all but one, or, without either, all. */
export interface SessionChoice {
  readonly userId: string;
  readonly reason: EndReason;
  readonly only?: string;
  readonly except?: string;
}

/** Ends sessions, and notes that for the outbox; answers the ids of those that had not ended before. */
export async function endSessions(sql: Store, choice: SessionChoice): Promise<string[]> {
  const { userId, reason, only = null, except = null } = choice;
  const ended: string[] = [];
  // A rotation that was under way may add a token which the first statement could not see.
  while (true) {
    const rows = await sql<{ family_id: string; live: boolean }[]>`
      with over as (
        update refresh_tokens set revoked_at = now()
        where user_id = ${userId} and revoked_at is null
          and (${only}::text is null or family_id = ${only})
          and (${except}::text is null or family_id <> ${except})
        returning family_id, rotated_at is null as live
      ), told as (
        insert into account_outbox (user_id, session_id, verb, data)
        select ${userId}, family_id, 'invalidated', jsonb_build_object('reason', ${reason}::text)
        from over where live
      )
      select family_id, live from over`;
    if (rows.length === 0) break;
    for (const row of rows) if (row.live) ended.push(row.family_id);
  }
  // Rotated tokens are kept to tell theft, and there is nothing left to steal. The last one stays: it knows
  // the network from which the session was begun.
  await sql`
    delete from refresh_tokens
    where user_id = ${userId} and revoked_at is not null and rotated_at is not null
      and (${only}::text is null or family_id = ${only})
      and (${except}::text is null or family_id <> ${except})`;
  return ended;
}
