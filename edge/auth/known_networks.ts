/**
 * The networks from which an account has signed in lately, so that its owner is not held up while others guess.
 * Kept with the session as a keyed hash of account and network: an address is stored nowhere, and the hashes of
 * two accounts say nothing about each other.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import { derivedKey } from "./_token_secrets.ts";
import type { Accounts } from "./accounts.ts";

export interface KnownNetworksOptions {
  readonly sql: Sql;
  readonly accounts: Accounts;
  /** Secret from which the key of the hashes is derived. */
  readonly secret: string;
}

export class KnownNetworks {
  readonly #options: KnownNetworksOptions;
  readonly #key: Promise<CryptoKey>;

  constructor(options: KnownNetworksOptions) {
    this.#options = options;
    this.#key = derivedKey(options.secret, "todo1m known networks");
  }

  /** What is kept of `network` with a session of the account `userId`. */
  async hash(userId: string, network: string): Promise<Uint8Array> {
    const text = new TextEncoder().encode(`${userId} ${network}`);
    return new Uint8Array(await crypto.subtle.sign("HMAC", await this.#key, text));
  }

  /** Whether the account `username` has begun a session from `network` whose tokens are not long expired. */
  async has(username: string, network: string): Promise<boolean> {
    const { sql, accounts } = this.#options;
    const account = await accounts.byName(username);
    // Looked for without an account, too: how long it takes says nothing about which names there are.
    const userId = account?.id ?? "";
    const hash = await this.hash(userId, network);
    const rows = await sql`
      select 1 from refresh_tokens
      where user_id = ${userId} and network_hash = ${hash} limit 1`;
    return rows.length > 0;
  }
}
