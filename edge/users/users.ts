/**
 * What the owner of an account sees and changes of it, in Postgres. Every change ends, in the same
 * transaction, the sessions that must not outlive it, and is noted for the outbox.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import {
  endSessions,
  NameReserved,
  refuseReservedName,
  reserveName,
  type Store,
  tellOfUser,
} from "../auth/mod.ts";
import { noteNameChange } from "./shown_names.ts";

const UNIQUE_VIOLATION = "23505";

export interface User {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly createdAt: Date;
}

/** What is to be different; what is not named stays. */
export interface Changes {
  /** Lower case. */
  readonly username?: string;
  readonly passwordHash?: string;
}

/** What came of a change. `stale`: the account is not what it was when it was read. */
export type Changed =
  | { readonly kind: "changed"; readonly user: User; readonly endedSessions: readonly string[] }
  | { readonly kind: "taken" }
  | { readonly kind: "stale" };

interface Row {
  readonly id: string;
  readonly username: string;
  readonly password_hash: string;
  readonly created_at: Date;
}

export class Users {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The user with this id; `undefined` once the account is deleted. */
  async byId(id: string): Promise<User | undefined> {
    const [row] = await this.#sql<Row[]>`
      select id, username, password_hash, created_at from users where id = ${id}`;
    return row && userOf(row);
  }

  /** Changes `user`; a new password ends all sessions but `sessionId`. */
  async change(
    user: User,
    options: { readonly changes: Changes; readonly sessionId: string },
  ): Promise<Changed> {
    const { changes: { username, passwordHash }, sessionId } = options;
    try {
      return await this.#sql.begin(async (transaction): Promise<Changed> => {
        if (!await lock(transaction, user)) return { kind: "stale" };
        const endedSessions = passwordHash === undefined ? [] : await endSessions(transaction, {
          userId: user.id,
          except: sessionId,
          reason: "password-changed",
        });
        const [row] = await transaction<Row[]>`
          update users set username = ${username ?? user.username},
            password_hash = ${passwordHash ?? user.passwordHash}
          where id = ${user.id}
          returning id, username, password_hash, created_at`;
        if (!row) return { kind: "stale" };
        if (row.username !== user.username) {
          await refuseReservedName(transaction, row.username);
          await noteNameChange(transaction, user.id);
        }
        const changed = [
          ...(username === undefined ? [] : ["username"]),
          ...(passwordHash === undefined ? [] : ["password"]),
        ];
        await tellOfUser(transaction, user.id, { verb: "updated", changed });
        return { kind: "changed", user: userOf(row), endedSessions };
      });
    } catch (error) {
      const isTaken = error instanceof NameReserved ||
        (error as { readonly code?: unknown }).code === UNIQUE_VIOLATION;
      if (isTaken) return { kind: "taken" };
      throw error;
    }
  }

  /**
   * Deletes `user`, reserves its name for a while, and notes that its groups are to be left.
   *
   * @param settleSeconds after which nobody can act for the account any more
   * @returns the sessions that this has ended; `undefined` when the account is not what it was
   */
  async remove(user: User, settleSeconds: number): Promise<string[] | undefined> {
    return await this.#sql.begin(async (transaction) => {
      if (!await lock(transaction, user)) return undefined;
      const ended = await endSessions(transaction, {
        userId: user.id,
        reason: "account-deleted",
      });
      await tellOfUser(transaction, user.id, { verb: "deleted" });
      await transaction`
        insert into account_deletions (user_id, settled_at)
        values (${user.id}, now() + make_interval(secs => ${settleSeconds}))`;
      await transaction`delete from taskboard_boards where user_id = ${user.id}`;
      const [gone] = await transaction<{ username: string }[]>`
        delete from users where id = ${user.id} returning username`;
      if (gone) await reserveName(transaction, gone.username);
      await noteNameChange(transaction, user.id);
      return ended;
    });
  }
}

/**
 * Keeps others from changing the account, and from starting sessions of it, until the transaction ends;
 * `false` when it has changed since it was read. Tokens can still be exchanged, so this cannot deadlock
 * with an exchange that waits for the account while its session is being ended.
 */
async function lock(transaction: Store, user: User): Promise<boolean> {
  const rows = await transaction`
    select 1 from users where id = ${user.id} and password_hash = ${user.passwordHash}
    for no key update`;
  return rows.length === 1;
}

function userOf(row: Row): User {
  return {
    id: row.id,
    username: row.username,
    passwordHash: row.password_hash,
    createdAt: row.created_at,
  };
}
