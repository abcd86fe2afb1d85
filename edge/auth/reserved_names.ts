/**
 * Names of deleted accounts, in Postgres: taken until a time is over, so that nobody can be taken for the one who
 * has just left. Of that one nothing but the name is kept.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import type { Store } from "./sessions.ts";

/** How long nobody may take the name of an account that was deleted. */
export const RESERVED_DAYS = 30;
/** Names that one statement lets go. */
const REMOVED_AT_ONCE = 1_000;

/** Thrown in a transaction that would give a reserved name to an account, so that nothing of it remains. */
export class NameReserved extends Error {}

/** Reserves the name `username`, whose account is deleted in the same transaction. */
export async function reserveName(transaction: Store, username: string): Promise<void> {
  await transaction`
    insert into reserved_names (username, free_at)
    values (${username}, now() + make_interval(days => ${RESERVED_DAYS}))
    on conflict (username) do update set free_at = excluded.free_at`;
}

/** Whether the name `username` (lower case) is somebody's, or reserved. */
export async function isNameTaken(sql: Store, username: string): Promise<boolean> {
  const [row] = await sql<{ taken: boolean }[]>`
    select exists (select from users where username = ${username})
      or exists (select from reserved_names where username = ${username} and free_at > now())
      as taken`;
  return row?.taken ?? false;
}

/**
 * Ends a transaction that has given a reserved name to an account. To be asked after that: who waited for the
 * deletion of the account that had the name could not see it before.
 *
 * @throws {NameReserved}
 */
export async function refuseReservedName(transaction: Store, username: string): Promise<void> {
  const rows = await transaction`
    select from reserved_names where username = ${username} and free_at > now()`;
  if (rows.length > 0) throw new NameReserved(`The name "${username}" is reserved`);
}

/** Forgets all names whose time is over, at most `batch` in one statement. */
export async function releaseNames(sql: Sql, batch = REMOVED_AT_ONCE): Promise<void> {
  while (true) {
    const { count } = await sql`
      delete from reserved_names where username in (
        select username from reserved_names
        where free_at <= now() limit ${batch} for update skip locked)`;
    if (count < batch) return;
  }
}
