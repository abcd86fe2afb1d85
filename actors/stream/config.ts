/** The streamer's settings, read once from the environment. */
import {
  ConfigError,
  readInt,
  readList,
  readString,
  readTextSource,
  type TextSource,
} from "../platform/mod.ts";

export interface StreamConfig {
  readonly port: number;
  readonly hostname: string;
  /** Port of its own for health and metrics; without it they share `port`. */
  readonly metricsPort: number | undefined;
  /** Whether anybody may see the metrics where they have no port of their own. */
  readonly publicMetrics: boolean;
  readonly natsUrl: string;
  readonly shards: number;
  /** Public keys as a JWK set. */
  readonly jwks: TextSource;
  readonly issuer: string;
  readonly audience: string;
  /** How long the edge's access tokens are valid; the edge reads the same setting. */
  readonly accessTokenMs: number;
  readonly streamsPerUser: number;
  /** Per client address, or /64 network of IPv6 addresses. */
  readonly streamsPerAddress: number;
  readonly streamsTotal: number;
  /** Streams that are being opened at the same time; more are told to come back. */
  readonly openingAtOnce: number;
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may open WebSockets, besides pages of the streamer's own host. */
  readonly allowedOrigins: readonly string[];
  /** Messages, and tickets, of one user a minute. */
  readonly messagesPerMinute: number;
  readonly ticketsPerMinute: number;
  readonly groupsPerStream: number;
  readonly heartbeatMs: number;
  /** Streams last this long at least and half as long again at most. */
  readonly rotateMs: number;
  readonly stallMs: number;
  readonly maxBehindBytes: number;
  readonly retryMs: number;
  readonly ringCommits: number;
  readonly ringBytes: number;
  readonly maxReplayVersions: number;
  readonly idleFeedMs: number;
  readonly maxIdleFeeds: number;
  readonly auditMs: number;
  /** Longest time to end all streams in after the signal to stop. */
  readonly drainMs: number;
}

/**
 * Reads the settings.
 *
 * @throws {ConfigError} when one is missing or cannot be used; the message names the variable
 */
export function readConfig(): StreamConfig {
  const environment = readString("ENVIRONMENT", "production");
  if (environment !== "production" && environment !== "development") {
    throw new ConfigError(
      `Cannot start: ENVIRONMENT="${environment}" is neither development nor production`,
    );
  }
  const production = environment === "production";
  return {
    port: readInt("PORT", 8081),
    hostname: readString("HOST", production ? "0.0.0.0" : "127.0.0.1"),
    metricsPort: readInt("METRICS_PORT", 0) || undefined,
    publicMetrics: !production,
    natsUrl: readString("NATS_URL"),
    shards: readInt("STREAM_SHARDS", 1, { min: 1 }),
    jwks: readTextSource("JWKS"),
    issuer: readString("TOKEN_ISSUER", "todo1m"),
    audience: readString("TOKEN_AUDIENCE", "todo1m"),
    accessTokenMs: readInt("ACCESS_TOKEN_SECONDS", 10 * 60, { min: 1 }) * 1000,
    streamsPerUser: readInt("STREAMS_PER_USER", production ? 6 : 64, { min: 1 }),
    // An office of many people may share one address.
    streamsPerAddress: readInt("STREAMS_PER_ADDRESS", production ? 300 : 100_000, { min: 1 }),
    streamsTotal: readInt("STREAMS_TOTAL", 18_000, { min: 1 }),
    openingAtOnce: readInt("OPENING_AT_ONCE", 1_000, { min: 1 }),
    trustedProxies: readList("TRUSTED_PROXIES", production ? "" : "127.0.0.0/8,::1"),
    allowedOrigins: readList("CORS_ORIGINS", ""),
    messagesPerMinute: readInt("RATE_LIMIT_MESSAGES", production ? 2_400 : 60_000, { min: 1 }),
    ticketsPerMinute: readInt("RATE_LIMIT_TICKETS", production ? 60 : 6_000, { min: 1 }),
    groupsPerStream: readInt("GROUPS_PER_STREAM", 20, { min: 1 }),
    heartbeatMs: readInt("HEARTBEAT_MS", 15_000, { min: 100 }),
    rotateMs: readInt("ROTATE_MS", 10 * 60_000, { min: 1_000 }),
    stallMs: readInt("STALL_MS", 5_000, { min: 100 }),
    maxBehindBytes: readInt("MAX_BEHIND_BYTES", 256 * 1024, { min: 1 }),
    retryMs: readInt("RETRY_MS", 1_000, { min: 1 }),
    ringCommits: readInt("RING_COMMITS", 256, { min: 1 }),
    ringBytes: readInt("RING_BYTES", 256 * 1024, { min: 1 }),
    maxReplayVersions: readInt("MAX_REPLAY_VERSIONS", 10_000, { min: 1 }),
    idleFeedMs: readInt("IDLE_FEED_MS", 60_000),
    maxIdleFeeds: readInt("MAX_IDLE_FEEDS", 1_000),
    auditMs: readInt("AUDIT_MS", 30_000, { min: 100 }),
    drainMs: readInt("DRAIN_MS", 5_000, { min: 100 }),
  };
}
