/** The accounts in Postgres: users with their password hashes. */
import type { Sql } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";

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

  /** Creates an account; `undefined` when the name is taken. */
  async create(username: string, passwordHash: string): Promise<Account | undefined> {
    const id = newId();
    const rows = await this.#sql`
      with born as (
        insert into users (id, username, password_hash) values (${id}, ${username}, ${passwordHash})
        on conflict (username) do nothing
        returning id
      ), told as (
        insert into account_outbox (user_id, verb) select id, 'created' from born
      )
      select id from born`;
    return rows.length === 0 ? undefined : { id, username, passwordHash };
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
