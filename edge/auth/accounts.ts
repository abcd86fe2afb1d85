/** The accounts in Postgres: users with their password hashes. */
import type { Sql } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { isNameTaken, NameReserved, refuseReservedName } from "./reserved_names.ts";

export interface Account {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
}

/** Reads and writes accounts. */
export class Accounts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Creates an account; `undefined` when the name is taken, or reserved for a deleted one. */
  async create(username: string, passwordHash: string): Promise<Account | undefined> {
    const id = newId();
    try {
      const isBorn = await this.#sql.begin(async (transaction) => {
        const rows = await transaction`
          with born as (
            insert into users (id, username, password_hash)
            values (${id}, ${username}, ${passwordHash})
            on conflict (username) do nothing
            returning id
          ), told as (
            insert into account_outbox (user_id, verb) select id, 'created' from born
          )
          select id from born`;
        await refuseReservedName(transaction, username);
        return rows.length > 0;
      });
      return isBorn ? { id, username, passwordHash } : undefined;
    } catch (error) {
      if (error instanceof NameReserved) return undefined;
      throw error;
    }
  }

  /** Whether nobody may have the name `username` (lower case) now. */
  async isTaken(username: string): Promise<boolean> {
    return await isNameTaken(this.#sql, username);
  }

  /** The account named `username` (lower case). */
  async byName(username: string): Promise<Account | undefined> {
    const [row] = await this.#sql<{ id: string; username: string; password_hash: string }[]>`
      select id, username, password_hash from users where username = ${username}`;
    return row && { id: row.id, username: row.username, passwordHash: row.password_hash };
  }

  /** Replaces the password hash of an account; `false` when it is no longer what it was. */
  async replaceHash(account: Account, passwordHash: string): Promise<boolean> {
    const { count } = await this.#sql`
      update users set password_hash = ${passwordHash}
      where id = ${account.id} and password_hash = ${account.passwordHash}`;
    return count === 1;
  }
}
