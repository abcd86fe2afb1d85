/** Accounts, sessions and tokens, put together for the rest of the edge. */
import {
  ConfigError,
  type ExpiringSet,
  followTexts,
  type Metrics,
  readTexts,
  type Sql,
  type TextSource,
  type TrustedProxies,
} from "../../actors/platform/mod.ts";
import { type SessionEnd, sessionEndSubject } from "../../actors/protocol/routing/mod.ts";
import {
  type Attempts,
  type Authenticate,
  Gate,
  type Quota,
  type RateLimiter,
  type Route,
} from "../http/mod.ts";
import { bearerAuthentication, type CheckToken, tokenCheck } from "./authenticate.ts";
import { Accounts } from "./accounts.ts";
import { createEndedSessions } from "./ended_sessions.ts";
import { Guesses } from "./guesses.ts";
import { KnownNetworks } from "./known_networks.ts";
import { argon2Available } from "./password.ts";
import { Passwords } from "./passwords.ts";
import { RefreshTokens } from "./refresh_tokens.ts";
import { releaseNames } from "./reserved_names.ts";
import { authRoutes } from "./routes.ts";
import { AuthService, type SessionRef } from "./service.ts";
import { SessionCookie } from "./session_cookie.ts";
import { sessionRoutes } from "./session_routes.ts";
import { importKeys } from "./signing_keys.ts";
import { AccessTokens } from "./tokens.ts";

export { tellOfUser } from "./account_events.ts";
export { checkUsername, isPossiblePassword, isUsername } from "./credentials.ts";
export { followEndedSessions, recallEndedSessions } from "./ended_sessions.ts";
export type { Guesses } from "./guesses.ts";
export type { SessionCookie } from "./session_cookie.ts";
export { type Passwords, WrongPassword } from "./passwords.ts";
export { NameReserved, refuseReservedName, reserveName } from "./reserved_names.ts";
export type { SessionRef } from "./service.ts";
export { showOutboxBacklog } from "./outbox_backlog.ts";
export { OutboxRelay } from "./outbox_relay.ts";
export { endSessions, type Store } from "./sessions.ts";
export { answerValidations } from "./validation.ts";
export { Worker } from "./worker.ts";

/** The settings of this part. */
export interface AuthSettings {
  /** Whether cookies are always for TLS only. */
  readonly production: boolean;
  /** Private Ed25519 key as JWK, with a `kid` or without. */
  readonly signingKey: TextSource;
  /** JWK set of public keys whose tokens are accepted besides; "" when there are none. */
  readonly otherKeys: TextSource;
  readonly issuer: string;
  readonly audience: string;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** How long a session may be kept up by refreshing its tokens. */
  readonly sessionSeconds: number;
  /** How long the direct predecessor of a live refresh token is still answered. */
  readonly refreshGraceSeconds: number;
  /** Whether a new password may be none of the most used ones. */
  readonly refuseCommonPasswords: boolean;
  /** Argon2id runs at once; each takes 19 MiB and most of a core. */
  readonly hashConcurrency: number;
  /** Argon2id runs waiting before more are refused. */
  readonly hashQueue: number;
  readonly quotas: {
    /** Registrations and logins per client address; sessions and the own account per user. */
    readonly auth: Quota;
    /** Wrong passwords per client network and user name that need no wait. */
    readonly loginFailures: Quota;
    /** Wrong passwords per user name, from wherever, that need no wait. */
    readonly accountFailures: Quota;
  };
}

export interface AuthModuleDeps {
  readonly settings: AuthSettings;
  /** Makes what counts the requests of one quota. */
  readonly limiter: (name: string, quota: Quota) => RateLimiter;
  /** Makes what counts attempts and their failures, and says how long to wait. */
  readonly attempts: (name: string, quota: Quota) => Attempts;
  readonly sql: Sql;
  readonly metrics: Metrics;
  readonly proxies: TrustedProxies;
  readonly onLimited: (policy: string) => void;
  /** Publishes `text` to whoever listens on the core subject. */
  readonly announce: (subject: string, text: string) => void;
}

/** What the rest of the edge gets; disposing of it ends the look at the files of the keys. */
export interface Auth extends Disposable {
  readonly authenticate: Authenticate;
  readonly checkToken: CheckToken;
  readonly routes: readonly Route[];
  /** The sessions whose tokens are refused, to be told of what other edges end. */
  readonly ended: ExpiringSet;
  readonly passwords: Passwords;
  readonly guesses: Guesses;
  readonly cookie: SessionCookie;
  /** Per user, for what belongs to their own account. */
  readonly quota: RateLimiter;
  /** Tells everybody who holds streams or checks tokens that a session is over. */
  readonly announceEnd: (session: SessionRef) => void;
  /** Removes what has expired, each by itself: refresh tokens, and names that were reserved. */
  readonly cleanings: readonly (() => Promise<void>)[];
}

/**
 * Imports the keys and puts the parts together.
 *
 * @throws {ConfigError} when a key is no key, or the runtime cannot hash passwords
 */
export async function createAuth(deps: AuthModuleDeps): Promise<Auth> {
  const { settings, sql, metrics } = deps;
  if (!await argon2Available()) {
    throw new ConfigError(
      "Cannot start: this runtime hashes no passwords, neither by Web Crypto nor by WebAssembly",
    );
  }
  const keySources = [settings.signingKey, settings.otherKeys];
  const texts = await readTexts(keySources);
  const keys = await importKeys(texts);
  const tokens = new AccessTokens({
    ...keys,
    issuer: settings.issuer,
    audience: settings.audience,
    lifetimeSeconds: settings.accessTokenSeconds,
  });
  const refreshTokens = new RefreshTokens({
    sql,
    secret: keys.key.secret,
    lifetimeSeconds: settings.refreshTokenSeconds,
    sessionSeconds: settings.sessionSeconds,
    graceSeconds: settings.refreshGraceSeconds,
  });
  const following = followTexts(keySources, {
    texts,
    take: async (changed) => {
      const next = await importKeys(changed);
      tokens.useKeys(next);
      refreshTokens.useSecret(next.key.secret);
    },
  });
  const ended = createEndedSessions(settings.accessTokenSeconds);
  const announceEnd = ({ userId, sessionId }: SessionRef) => {
    ended.add(sessionId);
    const end: SessionEnd = { user_id: userId, session_id: sessionId };
    deps.announce(sessionEndSubject(sessionId), JSON.stringify(end));
  };
  const gate = new Gate({
    concurrency: settings.hashConcurrency,
    queue: settings.hashQueue,
    detail: "Too many people are signing in at this moment",
  });
  const passwords = new Passwords({ gate, refuseCommon: settings.refuseCommonPasswords });
  const accounts = new Accounts(sql);
  const networks = new KnownNetworks({ sql, accounts, secret: keys.key.secret });
  const service = new AuthService({
    sql,
    accounts,
    networks,
    refreshTokens,
    accessTokens: tokens,
    passwords,
    announceEnd,
  });
  const failures = metrics.counter<"kind">({
    name: "tf_auth_failures_total",
    help: "Wrong passwords and refused refreshes",
    labelNames: ["kind"],
  });
  const checkToken = tokenCheck(tokens, ended);
  const quota = deps.limiter("auth", settings.quotas.auth);
  const guesses = new Guesses({
    proxies: deps.proxies,
    attempts: deps.attempts("login-failures", settings.quotas.loginFailures),
    accountAttempts: deps.attempts("account-failures", settings.quotas.accountFailures),
    isKnown: (username, network) => networks.has(username, network),
    onFailure: () => failures.inc({ kind: "login" }),
    onLimited: deps.onLimited,
  });
  const cookie = new SessionCookie({ production: settings.production, proxies: deps.proxies });
  const publicRoutes = authRoutes({
    service,
    keys: () => tokens.keys,
    proxies: deps.proxies,
    quota,
    guesses,
    cookie,
    onRefreshFailure: () => failures.inc({ kind: "refresh" }),
  });
  return {
    authenticate: bearerAuthentication(checkToken),
    checkToken,
    routes: [...publicRoutes, ...sessionRoutes({ service, cookie, quota })],
    ended,
    passwords,
    guesses,
    cookie,
    quota,
    announceEnd,
    cleanings: [() => refreshTokens.removeExpired(), () => releaseNames(sql)],
    [Symbol.dispose]: () => following[Symbol.dispose](),
  };
}
