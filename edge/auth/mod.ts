/** Accounts, sessions and tokens, put together for the rest of the edge. */
import { ConfigError, type Metrics, type Sql } from "../../actors/platform/mod.ts";
import type { EdgeConfig } from "../config.ts";
import type { TrustedProxies } from "../http/client_address.ts";
import { RateLimiter } from "../http/rate_limit.ts";
import type { Route } from "../http/route.ts";
import { Accounts } from "./accounts.ts";
import { Gate } from "./gate.ts";
import { argon2Available } from "./password.ts";
import { RefreshTokens } from "./refresh_tokens.ts";
import { authRoutes } from "./routes.ts";
import { AuthService } from "./service.ts";
import { AccessTokens, importSigningKey } from "./tokens.ts";

type AuthConfig = Pick<
  EdgeConfig,
  | "production"
  | "signingKey"
  | "issuer"
  | "audience"
  | "accessTokenSeconds"
  | "refreshTokenSeconds"
  | "refreshGraceSeconds"
  | "hashConcurrency"
  | "hashQueue"
  | "quotas"
>;

export interface AuthModuleDeps {
  readonly config: AuthConfig;
  readonly sql: Sql;
  readonly metrics: Metrics;
  readonly proxies: TrustedProxies;
  readonly onLimited: (policy: string) => void;
  /** Publishes `text` to whoever listens on the core subject. */
  readonly announce: (subject: string, text: string) => void;
}

/** What the rest of the edge gets. */
export interface Auth {
  readonly tokens: AccessTokens;
  readonly routes: readonly Route[];
  /** Removes refresh tokens that have expired. */
  readonly removeExpired: () => Promise<void>;
}

/**
 * Imports the signing key and puts the parts together.
 *
 * @throws {ConfigError} when the key is no key, or the runtime cannot hash passwords
 */
export async function createAuth(deps: AuthModuleDeps): Promise<Auth> {
  const { config, sql, metrics } = deps;
  if (!await argon2Available()) {
    throw new ConfigError("Cannot start: this runtime has no Argon2id; Deno has it since 2.9");
  }
  const key = await importSigningKey(config.signingKey);
  const tokens = new AccessTokens({
    key,
    issuer: config.issuer,
    audience: config.audience,
    lifetimeSeconds: config.accessTokenSeconds,
  });
  const refreshTokens = new RefreshTokens({
    sql,
    secret: key.secret,
    lifetimeSeconds: config.refreshTokenSeconds,
    graceSeconds: config.refreshGraceSeconds,
  });
  const service = new AuthService({
    accounts: new Accounts(sql),
    refreshTokens,
    accessTokens: tokens,
    gate: new Gate({ concurrency: config.hashConcurrency, queue: config.hashQueue }),
    announceEnd: ({ userId, sessionId }) =>
      deps.announce(
        `auth.session.${sessionId}.revoked`,
        JSON.stringify({ user_id: userId, session_id: sessionId }),
      ),
  });
  const failures = metrics.counter<"kind">({
    name: "tf_auth_failures_total",
    help: "Refused logins and refreshes",
    labelNames: ["kind"],
  });
  const routes = authRoutes({
    service,
    key,
    proxies: deps.proxies,
    quota: new RateLimiter("auth", config.quotas.auth),
    failures: new RateLimiter("login-failures", config.quotas.loginFailures),
    production: config.production,
    onFailure: (kind) => failures.inc({ kind }),
    onLimited: deps.onLimited,
  });
  return { tokens, routes, removeExpired: () => refreshTokens.removeExpired() };
}
