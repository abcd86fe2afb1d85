/**
 * The deleted accounts that are not done with yet, in Postgres, and the groups they are still in. Several
 * edges share the work: each takes an account for a while, and what one leaves undone another takes up.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import { GROUP_RESTORE_MS } from "../../actors/protocol/mod.ts";
import type { Membership } from "./way_out.ts";

/** How long an edge that took an account is waited for. */
const LEASE_SECONDS = 60;
/** Groups that are left in one go. */
const GROUPS_AT_ONCE = 100;
const LONGEST_PAUSE_SECONDS = 300;
/** How long after its deletion a group may come back; a day more, since the read model may show it late. */
const RESTORABLE_SECONDS = GROUP_RESTORE_MS / 1000 + 24 * 3600;

/** An account to look after. */
export interface Deletion {
  readonly userId: string;
  /** How often it has been looked after before. */
  readonly tries: number;
  /** Whether nobody can act for the account any more, so that it joins no further group. */
  readonly settled: boolean;
}

export class Deletions {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Takes an account that is due; `undefined` when none is that no other edge looks after. */
  async take(): Promise<Deletion | undefined> {
    interface Row {
      readonly user_id: string;
      readonly tries: number;
      readonly settled: boolean;
    }
    const [row] = await this.#sql<Row[]>`
      update account_deletions
      set next_try_at = now() + make_interval(secs => ${LEASE_SECONDS}), tries = tries + 1
      where user_id = (
        select user_id from account_deletions where next_try_at <= now()
        order by next_try_at limit 1 for update skip locked)
      returning user_id, tries - 1 as tries, settled_at <= now() as settled`;
    return row && { userId: row.user_id, tries: row.tries, settled: row.settled };
  }

  /** Groups an account is in, as far as the read model knows; at most 100. */
  async groupsOf(userId: string): Promise<Membership[]> {
    const rows = await this.#sql<Membership[]>`
      select own.group_id, own.role, heir.user_id as heir
      from group_members own
      join groups on groups.id = own.group_id and groups.deleted_at is null
      left join lateral (
        select other.user_id
        from group_members other join users on users.id = other.user_id
        where own.role = 'owner' and other.group_id = own.group_id
          and other.user_id <> own.user_id
        order by other.role = 'admin' desc, other.added_at, other.user_id
        limit 1) heir on true
      where own.user_id = ${userId}
      order by own.group_id
      limit ${GROUPS_AT_ONCE}`;
    return [...rows];
  }

  /**
   * Whether an account is in a deleted group whose owner, somebody else, may restore it: it would be in it
   * again.
   */
  async mayReturn(userId: string): Promise<boolean> {
    const rows = await this.#sql`
      select 1 from group_members own
      join groups on groups.id = own.group_id
      where own.user_id = ${userId} and own.role <> 'owner'
        and groups.deleted_at > now() - make_interval(secs => ${RESTORABLE_SECONDS})
      limit 1`;
    return rows.length > 0;
  }

  /** Puts off an account: ever longer, because what is missing takes its time. */
  async putOff({ userId, tries }: Deletion): Promise<void> {
    const seconds = Math.min(2 ** Math.min(tries, 20), LONGEST_PAUSE_SECONDS);
    await this.#sql`
      update account_deletions set next_try_at = now() + make_interval(secs => ${seconds})
      where user_id = ${userId}`;
  }

  /** Forgets an account that is done with. */
  async finish({ userId }: Deletion): Promise<void> {
    await this.#sql`delete from account_deletions where user_id = ${userId}`;
  }

  /** Milliseconds until the next account is due; `undefined` when there is none. */
  async nextInMs(): Promise<number | undefined> {
    const [row] = await this.#sql<{ ms: number | null }[]>`
      select (extract(epoch from min(next_try_at) - now()) * 1000)::float8 as ms
      from account_deletions`;
    // Not by "greatest", which makes 0 of a time that is not there.
    return row?.ms == null ? undefined : Math.max(0, row.ms);
  }
}
