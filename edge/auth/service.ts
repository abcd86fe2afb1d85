/**
 * Signing up, in and out: puts accounts, password hashes, tokens and sessions together. Knows nothing of
 * HTTP.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import { toBeFoundOut } from "../http/mod.ts";
import type { Account, Accounts } from "./accounts.ts";
import { checkUsername, type Credentials, isPossible } from "./credentials.ts";
import { isOutdated } from "./password.ts";
import { type Passwords, WrongPassword } from "./passwords.ts";
import type { KnownNetworks } from "./known_networks.ts";
import type { Grant, RefreshTokens, RotateOptions } from "./refresh_tokens.ts";
import { endSessions, listSessions, type SessionItem } from "./sessions.ts";
import type { AccessTokens } from "./tokens.ts";

/** What a client gets when it signs up or in, or refreshes. */
export interface Session {
  readonly token: string;
  /** The same token again, under the name OAuth gives it. */
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user_id: string;
  readonly username: string;
  /** Seconds until the access token expires. */
  readonly expires_in: number;
}

/** What a client says of itself. */
export interface Client {
  readonly userAgent: string | null;
  /** Where it is. */
  readonly network: string;
}

/** One session of one user. */
export interface SessionRef {
  readonly userId: string;
  readonly sessionId: string;
}

const PERHAPS_MADE =
  "Accounts and sessions are not available at this moment, and it is not known whether this account was " +
  "made: wait as Retry-After says and sign in with this name and password; if that works it was, and " +
  "registering again would be refused, else register again";

export interface AuthDeps {
  readonly sql: Sql;
  readonly accounts: Accounts;
  readonly networks: KnownNetworks;
  readonly refreshTokens: RefreshTokens;
  readonly accessTokens: AccessTokens;
  readonly passwords: Passwords;
  /** Tells everybody who holds streams that a session is over. */
  readonly announceEnd: (session: SessionRef) => void;
}

export class AuthService {
  readonly #deps: AuthDeps;

  constructor(deps: AuthDeps) {
    this.#deps = deps;
  }

  /** How long a refresh token lives, in seconds. */
  get refreshTokenSeconds(): number {
    return this.#deps.refreshTokens.lifetimeSeconds;
  }

  /**
   * Creates an account and its first session.
   *
   * @throws {ProblemError} `malformed` or `validation` for bad credentials, `conflict` for a taken name
   */
  async register(credentials: Credentials, client: Client): Promise<Session> {
    const { accounts, passwords } = this.#deps;
    checkUsername(credentials.username, "/username");
    await passwords.checkNew(credentials.password, "/password");
    const taken = new ProblemError(REFUSALS.nameTaken);
    if (await accounts.isTaken(credentials.username)) throw taken;
    const hash = await passwords.hash(credentials.password);
    return await toBeFoundOut(async () => {
      const account = await accounts.create(credentials.username, hash);
      if (!account) throw taken;
      const session = await this.#start(account, client);
      // Nobody else knows the password yet, so nobody has changed or deleted the account.
      if (!session) throw new Error(`Cannot start a session: account "${account.id}" has changed`);
      return session;
    }, PERHAPS_MADE);
  }

  /**
   * Starts a session.
   *
   * @throws {WrongPassword} when name and password do not belong together
   */
  async login(credentials: Credentials, client: Client): Promise<Session> {
    const account = isPossible(credentials) ? await this.#identify(credentials) : undefined;
    const session = account && await this.#start(account, client);
    if (!session) throw new WrongPassword(REFUSALS.credentialsInvalid);
    return session;
  }

  async #identify({ username, password }: Credentials): Promise<Account | undefined> {
    const { accounts, passwords } = this.#deps;
    const account = await accounts.byName(username);
    if (!await passwords.matches(password, account?.passwordHash) || !account) return undefined;
    if (!isOutdated(account.passwordHash)) return account;
    const passwordHash = await passwords.hash(password);
    return await accounts.replaceHash(account, passwordHash)
      ? { ...account, passwordHash }
      : undefined;
  }

  /**
   * Exchanges a refresh token for a new pair; `answerTwins` as in {@link RefreshTokens.rotate}.
   *
   * @throws {ProblemError} `unauthenticated` when it is unknown, expired, revoked or was used before
   */
  async refresh(refreshToken: string, options: RotateOptions): Promise<Session> {
    const rotation = await this.#deps.refreshTokens.rotate(refreshToken, options);
    if (rotation.kind === "rotated") return await this.#session(rotation.grant);
    if (rotation.kind === "reused") this.#deps.announceEnd(rotation);
    throw new ProblemError(REFUSALS.refreshTokenInvalid);
  }

  /** Ends the session of a refresh token; a token that is not known has no session to end. */
  async logout(refreshToken: string): Promise<void> {
    const session = await this.#deps.refreshTokens.revoke(refreshToken);
    if (session) this.#deps.announceEnd(session);
  }

  /** The live sessions of the caller. */
  async sessions(caller: SessionRef): Promise<SessionItem[]> {
    return await listSessions(this.#deps.sql, caller);
  }

  /** Ends a session of a user; `false` when the user has no such session. */
  async endSession(session: SessionRef): Promise<boolean> {
    const { userId, sessionId } = session;
    const ended = await endSessions(this.#deps.sql, {
      userId,
      only: sessionId,
      reason: "ended-by-user",
    });
    if (ended.length === 0) return false;
    this.#deps.announceEnd(session);
    return true;
  }

  /** Ends all sessions of a user but one. */
  async endOtherSessions({ userId, sessionId }: SessionRef): Promise<void> {
    const ended = await endSessions(this.#deps.sql, {
      userId,
      except: sessionId,
      reason: "ended-by-user",
    });
    for (const sessionId of ended) this.#deps.announceEnd({ userId, sessionId });
  }

  /** A new session; `undefined` when the account has changed since it was read. */
  async #start(account: Account, client: Client): Promise<Session | undefined> {
    const { networks, refreshTokens } = this.#deps;
    const networkHash = await networks.hash(account.id, client.network);
    const grant = await refreshTokens.issue(account, { userAgent: client.userAgent, networkHash });
    return grant && await this.#session(grant);
  }

  async #session(grant: Grant): Promise<Session> {
    const token = await this.#deps.accessTokens.sign(grant);
    return {
      token,
      access_token: token,
      refresh_token: grant.token,
      user_id: grant.userId,
      username: grant.username,
      expires_in: this.#deps.accessTokens.lifetimeSeconds,
    };
  }
}
