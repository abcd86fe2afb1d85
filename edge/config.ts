/**
 * The edge's settings, read once from the environment. Development defaults are generous enough that
 * one machine can play hundreds of users; production defaults are not. Every number is a setting.
 */
import {
  ConfigError,
  readInt,
  readList,
  readString,
  readTextSource,
} from "../actors/platform/mod.ts";
import type { AuthSettings } from "./auth/mod.ts";
import type { Quota } from "./http/mod.ts";

const OPS_TOKEN_MIN_CHARS = 32;

export interface EdgeConfig extends AuthSettings {
  /** Port of its own for metrics and readiness, and where it listens; without it they are answered like all else. */
  readonly operations: { readonly port: number; readonly hostname: string } | undefined;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly databaseConnections: number;
  readonly commandDeadlineMs: number;
  readonly commandsInFlight: number;
  /** How long a read waits for the read model to hold the version it asks for. */
  readonly readDeadlineMs: number;
  /** Base URL of the streamer to which streams are passed on; empty when a gateway does that. */
  readonly streamerUrl: string;
  /** Whether streams take the token in the query, as Todo-1M's clients send it. */
  readonly legacyQueryToken: boolean;
  readonly corsOrigins: readonly string[];
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Whether every request is a line in the log, not only those that fail. */
  readonly logRequests: boolean;
  /** What operators show to use the admin API; "" when there is none. */
  readonly opsToken: string;
  readonly quotas: AuthSettings["quotas"] & {
    /** Per user. */
    readonly commands: Quota;
    /** Per user. */
    readonly reads: Quota;
    /** Idempotency keys that are no UUIDv7, per user. */
    readonly keys: Quota;
    /** Looks at whether somebody has a name, per user. */
    readonly names: Quota;
    /** Per client address. */
    readonly admin: Quota;
    /** Public routes without a quota of their own and failed authentication, per client address. */
    readonly public: Quota;
    /** Of the pages' browsers, per client address. */
    readonly reports: Quota;
  };
}

/** Settings of the edge as a process of its own. */
export interface ListenConfig {
  readonly port: number;
  readonly hostname: string;
  /** How long it serves on after it was asked to stop. */
  readonly drainMs: number;
}

/**
 * Reads the settings of the process.
 *
 * @throws {ConfigError} when one cannot be used; the message names the variable
 */
export function readListenConfig(): ListenConfig {
  const production = readIsProduction();
  return {
    port: readInt("PORT", 8080),
    hostname: readHost(production),
    drainMs: readInt("DRAIN_MS", production ? 10_000 : 250),
  };
}

/**
 * Reads the settings.
 *
 * @throws {ConfigError} when one is missing or cannot be used; the message names the variable
 */
export function readConfig(): EdgeConfig {
  const production = readIsProduction();
  const perMinute = (name: string, development: number, inProduction: number): Quota => ({
    limit: readInt(name, production ? inProduction : development),
    windowSeconds: 60,
  });
  const perDay = (name: string, development: number, inProduction: number): Quota => ({
    ...perMinute(name, development, inProduction),
    windowSeconds: 24 * 3600,
  });
  const metricsPort = readInt("METRICS_PORT", 0);
  return {
    production,
    operations: metricsPort === 0
      ? undefined
      : { port: metricsPort, hostname: readHost(production) },
    natsUrl: readString("NATS_URL"),
    databaseUrl: readString("DATABASE_URL"),
    databaseConnections: readInt("DATABASE_CONNECTIONS", 10, { min: 1 }),
    signingKey: readTextSource("SIGNING_KEY"),
    otherKeys: readTextSource("JWKS", ""),
    issuer: readString("TOKEN_ISSUER", "todo1m"),
    audience: readString("TOKEN_AUDIENCE", "todo1m"),
    accessTokenSeconds: readInt("ACCESS_TOKEN_SECONDS", 10 * 60, { min: 1 }),
    refreshTokenSeconds: readInt("REFRESH_TOKEN_SECONDS", 30 * 24 * 3600, { min: 1 }),
    sessionSeconds: readInt("SESSION_SECONDS", 90 * 24 * 3600, { min: 1 }),
    refreshGraceSeconds: readInt("REFRESH_GRACE_SECONDS", 10),
    refuseCommonPasswords: readSwitch("REFUSE_COMMON_PASSWORDS", production),
    hashConcurrency: readInt("PASSWORD_HASH_CONCURRENCY", 2, { min: 1 }),
    hashQueue: readInt("PASSWORD_HASH_QUEUE", production ? 64 : 1_024, { min: 1 }),
    commandDeadlineMs: readInt("COMMAND_DEADLINE_MS", 2_000, { min: 1 }),
    commandsInFlight: readInt("COMMANDS_IN_FLIGHT", 1_000, { min: 1 }),
    readDeadlineMs: readInt("READ_DEADLINE_MS", 2_000),
    streamerUrl: readString("STREAMER_URL", "").replace(/\/+$/, ""),
    legacyQueryToken: readSwitch("LEGACY_QUERY_TOKEN", !production),
    corsOrigins: readList("CORS_ORIGINS", ""),
    trustedProxies: readList("TRUSTED_PROXIES", production ? "" : "127.0.0.0/8,::1"),
    logRequests: readSwitch("LOG_REQUESTS", production),
    opsToken: readOpsToken(),
    quotas: {
      auth: perMinute("RATE_LIMIT_AUTH", 60_000, 60),
      // Together at most 16 guesses at one account before there is a wait, however they are sent.
      loginFailures: perMinute("RATE_LIMIT_LOGIN_FAILURES", 6, 5),
      accountFailures: perMinute("RATE_LIMIT_ACCOUNT_FAILURES", 10, 10),
      commands: perMinute("RATE_LIMIT_COMMANDS", 3_000_000, 1_200),
      reads: perMinute("RATE_LIMIT_READS", 3_000_000, 2_400),
      keys: perDay("RATE_LIMIT_KEYS", 3_000_000, 10_000),
      names: perMinute("RATE_LIMIT_NAMES", 60_000, 30),
      admin: perMinute("RATE_LIMIT_ADMIN", 60_000, 60),
      public: perMinute("RATE_LIMIT_PUBLIC", 3_000_000, 1_200),
      reports: perMinute("RATE_LIMIT_REPORTS", 60_000, 60),
    },
  };
}

function readIsProduction(): boolean {
  const environment = readString("ENVIRONMENT", "production");
  if (environment === "production" || environment === "development") {
    return environment === "production";
  }
  throw new ConfigError(
    `Cannot start: ENVIRONMENT="${environment}" is neither development nor production`,
  );
}

function readHost(production: boolean): string {
  return readString("HOST", production ? "0.0.0.0" : "127.0.0.1");
}

/** A token that can be guessed is none; the error does not quote it. */
function readOpsToken(): string {
  const token = readString("OPS_TOKEN", "");
  if (token === "" || token.length >= OPS_TOKEN_MIN_CHARS) return token;
  throw new ConfigError(
    `Cannot start: OPS_TOKEN has ${token.length} characters, needed are ${OPS_TOKEN_MIN_CHARS}`,
  );
}

function readSwitch(name: string, fallback: boolean): boolean {
  const text = readString(name, fallback ? "on" : "off");
  if (text === "on" || text === "off") return text === "on";
  throw new ConfigError(`Cannot start: ${name}="${text}" is neither on nor off`);
}
