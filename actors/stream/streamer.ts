/**
 * The streamer put together: feeds, connections, signals and routes on one server and one timer. The
 * NATS connection is given; everything else is made here and ended by `stop`.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  answerOperations,
  type Checks,
  followTexts,
  learnSessionEnds,
  logger,
  type NatsConnection,
  pause,
  RateLimiter,
  readTexts,
  serveOperations,
  TrustedProxies,
} from "../platform/mod.ts";
import { newId, type Problem } from "../protocol/mod.ts";
import { ClusterWatch } from "../cluster/mod.ts";
import { Access, createEndedSessions, endsMatterMs } from "./access.ts";
import { Addresses } from "./addresses.ts";
import { Admission } from "./admission.ts";
import { ClusterFeed } from "./cluster_feed.ts";
import type { StreamConfig } from "./config.ts";
import type { ConnectionContext } from "./connection_terms.ts";
import type { FeedContext } from "./feed.ts";
import { Feeds } from "./feeds.ts";
import { timedFlushQueue } from "./flush_queue.ts";
import { NatsGroupLog } from "./nats_log.ts";
import { openStream } from "./opening.ts";
import { natsPresence, Presence } from "./presence/mod.ts";
import { smallRoutes } from "./routes.ts";
import { createStreamServer, type Exchange, type Routes } from "./server.ts";
import { announceDisconnect, type EndedSession, onStreamsEnd } from "./signals.ts";
import { drainOverMs } from "./lifetime.ts";
import { NatsCommands, Sockets } from "./socket/mod.ts";
import { createStreamMetrics } from "./stream_metrics.ts";
import { Streams } from "./streams.ts";
import { Tickets } from "./tickets.ts";
import { Wheel } from "./wheel.ts";

const TICK_MS = 250;
const WHEEL_SLOTS = 256;
const PAGE_BYTES = 256 * 1024;
const LINGER_MS = 2_000;
const SWEEP_MS = 20;
/** Longer than edges wait for an outcome before they say that it is not known yet. */
const COMMAND_TIMEOUT_MS = 5_000;

/** A running streamer. */
export interface Streamer {
  readonly port: number;
  /** Ends every stream with `bye`, then the server, within the configured time. */
  stop(): Promise<void>;
}

/** Starts a streamer on `connection`, whose streams exist. */
export async function startStreamer(
  config: StreamConfig,
  connection: NatsConnection,
): Promise<Streamer> {
  const log = logger("stream");
  const metrics = createStreamMetrics();
  const endedSessions = createEndedSessions(config.accessTokenMs);
  const [jwks = ""] = await readTexts([config.jwks]);
  const access = new Access({ ...config, jwks, endedSessions });
  const groupLog = new NatsGroupLog(connection, { shards: config.shards });
  const clock = {
    // Monotonic, so that a step of the wall clock neither cuts nor keeps streams.
    now: () => performance.timeOrigin + performance.now(),
    random: Math.random,
    epoch: { current: await groupLog.epoch() },
  };
  const wheel = new Wheel(clock.now(), { tickMs: TICK_MS, slots: WHEEL_SLOTS });
  const feedContext: FeedContext = {
    ...clock,
    log: groupLog,
    ring: { maxCommits: config.ringCommits, maxBytes: config.ringBytes },
    sleep: pause,
    report: metrics.feed,
  };
  const feeds = new Feeds(feedContext, wheel, {
    idleMs: config.idleFeedMs,
    maxIdle: config.maxIdleFeeds,
    auditMs: config.auditMs,
  });
  const addresses = new Addresses({
    limit: config.streamsPerAddress,
    proxies: new TrustedProxies(config.trustedProxies),
    onLimited: () => metrics.limited("address"),
  });
  const streams = new Streams({
    perUser: config.streamsPerUser,
    total: config.streamsTotal,
    addresses,
    onLimited: metrics.limited,
  });
  const cluster = new ClusterWatch(connection);
  const connections: ConnectionContext = {
    ...clock,
    wheel,
    flushQueue: timedFlushQueue(clock.now),
    limits: { ...config, pageBytes: PAGE_BYTES, lingerMs: LINGER_MS },
    release: (feed) => feeds.release(feed),
    report: (what) => {
      if (what.kind === "closed") streams.remove(what.connection);
      metrics.connection(what);
    },
  };
  const admission = new Admission({
    atOnce: config.openingAtOnce,
    onLimited: () => metrics.limited("opening"),
  });
  const presence = new Presence({
    bus: natsPresence(
      connection,
      (subject) => log.warning("Cannot read a notice on {subject}", { subject }),
    ),
    wheel,
    clock,
    from: newId(),
  });
  let draining = false;
  const opening = {
    access,
    addresses,
    feeds,
    streams,
    connections,
    epoch: clock.epoch,
    presence,
    admission,
    maxGroups: config.groupsPerStream,
    rotateMs: config.rotateMs,
    isDraining: () => draining,
    opened: metrics.opened,
  };
  const messageQuota = new RateLimiter("messages", {
    limit: config.messagesPerMinute,
    windowSeconds: 60,
  });
  const ticketQuota = new RateLimiter("tickets", {
    limit: config.ticketsPerMinute,
    windowSeconds: 60,
  });
  const tickets = await Tickets.open(connection);
  const commands = new NatsCommands(connection, { timeoutMs: COMMAND_TIMEOUT_MS });
  const refused = (problem: Problem) => metrics.refused(problem.code);
  const failed = (error: unknown) => log.error("Cannot answer a request: {error}", { error });
  const sockets = new Sockets({
    ...opening,
    tickets,
    commands,
    quota: messageQuota,
    allowedOrigins: new Set(config.allowedOrigins),
    refused,
    failed,
  });
  const clusterFeed = new ClusterFeed({
    access,
    addresses,
    cluster,
    failed: (error) => log.warning("Cannot look at the cluster: {error}", { error }),
  });
  const operations = { registry: metrics.registry, checks: checksOf(connection, () => draining) };
  const server = createStreamServer({
    routes: {
      "/events": { GET: (exchange) => openStream(exchange, opening) },
      "/ws": { GET: (exchange) => sockets.refuseHttp(exchange) },
      ...smallRoutes({
        access,
        tickets,
        presence,
        ticketQuota,
        messageQuota,
        disconnect(userId) {
          streams.disconnect({ userId });
          announceDisconnect(connection, userId);
        },
      }),
      "/sse/cluster-info": { GET: (exchange) => clusterFeed.open(exchange) },
      ...(config.metricsPort === undefined ? operationsRoutes(operations, config) : {}),
    },
    refused,
    failed,
  });
  sockets.serve(server);
  metrics.watch({ streams, addresses, feeds, cluster, presence, sockets });
  const operationsServer = config.metricsPort === undefined
    ? undefined
    : serveOperations({ ...operations, port: config.metricsPort, hostname: config.hostname });
  const sessionEnded = (session: EndedSession) => {
    endedSessions.add(session.sessionId);
    streams.disconnect(session);
  };
  const stopListening = onStreamsEnd(connection, {
    sessionEnded,
    userDisconnected: (userId) => void streams.disconnect({ userId }),
    refused: (subject) => log.warning("Cannot read a notice on {subject}", { subject }),
  });
  // Listening comes first: what is announced meanwhile is heard.
  await learnSessionEnds(connection, {
    withinMs: endsMatterMs(config.accessTokenMs),
    take: sessionEnded,
  });
  void verifyAfterOutages(connection, feeds, presence);
  await listen(server, config);
  const following = followTexts([config.jwks], {
    texts: [jwks],
    take: ([changed = ""]) => access.useKeys(changed),
  });
  const timer = setInterval(() => wheel.advance(clock.now()), TICK_MS);

  const stop = async () => {
    draining = true;
    const deadline = setTimeout(() => server.closeAllConnections(), config.drainMs);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    clusterFeed.close();
    sockets.close();
    cluster[Symbol.dispose]();
    await streams.drain("draining", { overMs: drainOverMs(config.drainMs), pause });
    // Connections are idle only once their last answer has left.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
    clearInterval(timer);
    following[Symbol.dispose]();
    stopListening();
    presence[Symbol.dispose]();
    commands[Symbol.dispose]();
    feeds.close();
    connections.flushQueue[Symbol.dispose]();
    await operationsServer?.shutdown();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

function checksOf(connection: NatsConnection, isDraining: () => boolean): Checks {
  return {
    nats: async () => {
      await connection.rtt();
    },
    draining: () => {
      if (isDraining()) throw new Error("the streams are being ended");
    },
  };
}

/** The operational paths on the streamer's own port. */
function operationsRoutes(
  options: Parameters<typeof answerOperations>[1],
  { publicMetrics }: Pick<StreamConfig, "publicMetrics">,
): Routes {
  const GET = async ({ response, url }: Exchange) => {
    const answer = await answerOperations(url.pathname, options);
    if (!answer) return;
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  };
  const probes = { "/livez": { GET }, "/healthz": { GET }, "/readyz": { GET } };
  return publicMetrics ? { ...probes, "/metrics": { GET } } : probes;
}

/** Core messages are lost while the connection is down: afterwards every feed is compared. */
async function verifyAfterOutages(
  connection: NatsConnection,
  feeds: Feeds,
  presence: Presence,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type !== "reconnect") continue;
    void feeds.verifyAll();
    presence.repeat();
  }
}

function listen(server: Server, config: StreamConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.hostname, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
