/**
 * Refresh tokens in Postgres (RFC 9700, section 4.14.2): opaque, stored hashed, rotated at each use. A
 * session is a family of tokens, which each of them names, so that those that were rotated long ago need not
 * be kept. Of several uses of one token at once, one gets the successor; the
 * others are refused, and for a short grace that is all. The tabs of one browser share their cookie and
 * may race or lose an answer by a reload, so they get the same successor again: it is a keyed hash of
 * the token. Any later use of a rotated token is theft and ends the session. A session has a last day:
 * its id is a UUID of version 7 and says when it began.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { formatToken, sessionOf } from "./_refresh_token.ts";
import { base64url, derivedKey, hashToken } from "./_token_secrets.ts";
import type { Account } from "./accounts.ts";
import { type EndReason, endSessions } from "./sessions.ts";

/** What the key that successors are derived with is for. */
const SUCCESSOR = "todo1m refresh token successor";
/** How much longer than it may race a rotated token is kept: who is slow or comes twice finds its own row. */
const ROTATED_SECONDS = 3_600;
/** Expired tokens that one statement removes: a second of work at most, and small transactions. */
const REMOVED_AT_ONCE = 1_000;
const utf8 = new TextEncoder();

export interface RefreshOptions {
  readonly sql: Sql;
  /** Secret from which the key for successors is derived. */
  readonly secret: string;
  readonly lifetimeSeconds: number;
  /** How long after its start a session is over, however often its tokens were exchanged. */
  readonly sessionSeconds: number;
  /** How long presenting the direct predecessor of a live token does not end the session. */
  readonly graceSeconds: number;
}

/** A live refresh token and whom it belongs to. */
export interface Grant {
  readonly token: string;
  readonly userId: string;
  readonly username: string;
  readonly sessionId: string;
}

/** What came of presenting a token. `raced` lost to a twin; `reused` has ended the session. */
export type Rotation =
  | { readonly kind: "rotated"; readonly grant: Grant }
  | { readonly kind: "raced" }
  | { readonly kind: "reused"; readonly userId: string; readonly sessionId: string }
  | { readonly kind: "unknown" };

export interface RotateOptions {
  /** Whether a token that lost a race gets the winner's successor. */
  readonly answerTwins: boolean;
  /** What the client calls itself. */
  readonly userAgent?: string | null;
}

/** What is kept with the first token of a session. */
export interface IssueOptions {
  /** What the client calls itself. */
  readonly userAgent?: string | null;
  /** See {@link KnownNetworks.hash}. */
  readonly networkHash?: Uint8Array | null;
}

interface SessionRow {
  user_id: string;
  family_id: string;
}

interface OwnerRow extends SessionRow {
  username: string;
}

interface SpentRow extends OwnerRow {
  revoked: boolean;
  expired: boolean;
  heir_hash: Uint8Array | null;
  in_grace: boolean;
}

/** Issues, rotates and revokes refresh tokens. */
export class RefreshTokens {
  readonly #sql: Sql;
  readonly #options: RefreshOptions;
  /** By secret: the one in force, and the one before it, of whose successors twins may still ask. */
  #keys: ReadonlyMap<string, Promise<CryptoKey>>;

  constructor(options: RefreshOptions) {
    this.#sql = options.sql;
    this.#options = options;
    this.#keys = new Map([[options.secret, derivedKey(options.secret, SUCCESSOR)]]);
  }

  /** Derives successors from another secret from now on. */
  useSecret(secret: string): void {
    const [last] = this.#keys;
    if (!last || last[0] === secret) return;
    this.#keys = new Map([[secret, derivedKey(secret, SUCCESSOR)], last]);
  }

  /** Seconds until a new token expires. */
  get lifetimeSeconds(): number {
    return this.#options.lifetimeSeconds;
  }

  /**
   * The first token of a new session of `account`; `undefined` when the account has another password by now, or is gone: who signs in with the old one while it is changed
   * must not keep a session.
   */
  async issue(account: Account, options: IssueOptions = {}): Promise<Grant | undefined> {
    const { userAgent = null, networkHash = null } = options;
    const sessionId = newId();
    const token = formatToken(sessionId, crypto.getRandomValues(new Uint8Array(32)));
    const hash = await hashToken(token);
    const { lifetimeSeconds, sessionSeconds } = this.#options;
    const { count } = await this.#sql`
      with owner as (
        select id from users
        where id = ${account.id} and password_hash = ${account.passwordHash}
        for share
      ), born as (
        insert into refresh_tokens
          (token_id, user_id, family_id, token_hash, user_agent, network_hash, expires_at)
        select ${newId()}, id, ${sessionId}, ${hash}, ${userAgent}, ${networkHash},
               now() + make_interval(secs => ${Math.min(lifetimeSeconds, sessionSeconds)})
        from owner
        returning user_id, family_id
      ), told as (
        insert into account_outbox (user_id, session_id, verb)
        select user_id, family_id, 'created' from born
      )
      select 1 from born`;
    if (count === 0) return undefined;
    return { token, userId: account.id, username: account.username, sessionId };
  }

  /** Exchanges `token` for its successor. */
  async rotate(token: string, options: RotateOptions): Promise<Rotation> {
    const sessionId = sessionOf(token);
    if (sessionId === undefined) return { kind: "unknown" };
    const successors = await this.#successorsOf(token, sessionId);
    const [successor = ""] = successors;
    const [hash, successorHash] = await Promise.all([hashToken(token), hashToken(successor)]);
    const successorId = newId();
    // One statement: of several at once the row lock lets one see the token unrotated.
    const [rotated] = await this.#sql<OwnerRow[]>`
      with spent as (
        update refresh_tokens set rotated_at = now(), replaced_by = ${successorId}
        where token_hash = ${hash} and rotated_at is null and revoked_at is null
          and expires_at > now()
        returning user_id, family_id, network_hash
      ), born as (
        insert into refresh_tokens
          (token_id, user_id, family_id, token_hash, user_agent, network_hash, expires_at)
        select ${successorId}, user_id, family_id, ${successorHash}, ${options.userAgent ?? null},
               network_hash,
               least(now() + make_interval(secs => ${this.#options.lifetimeSeconds}),
                     uuid_extract_timestamp(family_id::uuid)
                       + make_interval(secs => ${this.#options.sessionSeconds}))
        from spent
        returning user_id, family_id
      ), swept as (
        -- Not those that the end of the session locks, which waits for the row that is spent here.
        delete from refresh_tokens where token_id in (
          select old.token_id from refresh_tokens old join spent using (family_id)
          where ${sessionId}::text is not null and old.rotated_at < now() - make_interval(
            secs => ${this.#options.graceSeconds + ROTATED_SECONDS})
          for update of old skip locked)
      )
      select born.user_id, born.family_id, users.username
      from born join users on users.id = born.user_id`;
    if (rotated) return { kind: "rotated", grant: grantOf(rotated, successor) };
    const again = await this.#presentedAgain(hash, options.answerTwins ? successors : []);
    return again ?? await this.#presentedLate(sessionId);
  }

  /** Decides about a token that could not be rotated: a race, theft, or void; `undefined` when it is not kept. */
  async #presentedAgain(
    hash: Uint8Array,
    successors: readonly string[],
  ): Promise<Rotation | undefined> {
    const [row] = await this.#sql<SpentRow[]>`
      select old.user_id, old.family_id, users.username,
             old.revoked_at is not null as revoked,
             old.expires_at <= now() as expired,
             heir.token_hash as heir_hash,
             coalesce(
               old.rotated_at > now() - make_interval(secs => ${this.#options.graceSeconds})
               and heir.rotated_at is null and heir.revoked_at is null, false) as in_grace
      from refresh_tokens old
      join users on users.id = old.user_id
      left join refresh_tokens heir on heir.token_id = old.replaced_by
      where old.token_hash = ${hash}`;
    if (!row) return undefined;
    if (row.revoked || row.expired) return { kind: "unknown" };
    if (row.in_grace && row.heir_hash) {
      const heir = base64url(row.heir_hash);
      for (const successor of successors) {
        // Made with another secret it is no token at all: who got it would lose the session.
        const isHeir = base64url(await hashToken(successor)) === heir;
        if (isHeir) return { kind: "rotated", grant: grantOf(row, successor) };
      }
      return { kind: "raced" };
    }
    await this.#end(row, "token-reused");
    return { kind: "reused", userId: row.user_id, sessionId: row.family_id };
  }

  /**
   * Decides about a token that is not kept: of a session that goes on it is an early one, so this is theft. Who
   * makes one up must know the session's id, which only its own tokens tell.
   */
  async #presentedLate(sessionId: string | null): Promise<Rotation> {
    const session = await this.#live(sessionId);
    if (!session) return { kind: "unknown" };
    await this.#end(session, "token-reused");
    return { kind: "reused", userId: session.user_id, sessionId: session.family_id };
  }

  async #live(sessionId: string | null): Promise<SessionRow | undefined> {
    if (sessionId === null) return undefined;
    const [row] = await this.#sql<SessionRow[]>`
      select user_id, family_id from refresh_tokens
      where family_id = ${sessionId} and rotated_at is null and revoked_at is null
        and expires_at > now()`;
    return row;
  }

  /** Ends the session `token` belongs to; `undefined` when the token is not known. */
  async revoke(token: string): Promise<{ userId: string; sessionId: string } | undefined> {
    const sessionId = sessionOf(token);
    if (sessionId === undefined) return undefined;
    const hash = await hashToken(token);
    const [kept] = await this.#sql<SessionRow[]>`
      select user_id, family_id from refresh_tokens where token_hash = ${hash}`;
    const row = kept ?? await this.#live(sessionId);
    if (!row) return undefined;
    await this.#end(row, "signed-out");
    return { userId: row.user_id, sessionId: row.family_id };
  }

  async #end(session: SessionRow, reason: EndReason): Promise<void> {
    await endSessions(this.#sql, { userId: session.user_id, only: session.family_id, reason });
  }

  /**
   * Removes all tokens that expired more than a day ago, at most `batch` in one statement. Several edges that
   * do so at once share the work.
   */
  async removeExpired(batch = REMOVED_AT_ONCE): Promise<void> {
    while (await this.#removeSome(batch) === batch);
  }

  /** Answers how many it has removed: fewer than `most` when no more are left. */
  async #removeSome(most: number): Promise<number> {
    const [row] = await this.#sql<{ count: number }[]>`
      with gone as (
        delete from refresh_tokens where token_id in (
          select token_id from refresh_tokens
          where expires_at < now() - interval '1 day' limit ${most} for update skip locked)
        returning user_id, family_id, rotated_at is null and revoked_at is null as live
      ), told as (
        insert into account_outbox (user_id, session_id, verb, data)
        select user_id, family_id, 'invalidated', '{"reason":"expired"}' from gone where live
      )
      select count(*)::int as count from gone`;
    return row?.count ?? 0;
  }

  /** What `token` is followed by, under each of the secrets. */
  async #successorsOf(token: string, sessionId: string | null): Promise<string[]> {
    return await Promise.all([...this.#keys.values()].map(async (key) => {
      const mac = await crypto.subtle.sign("HMAC", await key, utf8.encode(token));
      return formatToken(sessionId, new Uint8Array(mac));
    }));
  }
}

function grantOf(row: OwnerRow, token: string): Grant {
  return { token, userId: row.user_id, username: row.username, sessionId: row.family_id };
}
