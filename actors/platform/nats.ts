/** Connection to NATS: TCP or TLS inside a cluster, WebSocket where only that passes. */
import { type NatsConnection, wsconnect } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { logger } from "./log.ts";

export type { NatsConnection } from "@nats-io/nats-core";

/** A connection on which nothing arrives any more is given up after 3 to 4.5 s, and made anew. */
const PING_EVERY_MS = 1_500;
const PINGS_UNANSWERED = 2;

/**
 * Connects to the servers in `url` (comma-separated `nats://`, `tls://`, `ws://` or `wss://`) and keeps
 * reconnecting for ever; callers see an outage as failed or unanswered requests, never as a dead client.
 */
export async function connectNats(
  options: { readonly url: string; readonly name: string },
): Promise<NatsConnection> {
  const servers = options.url.split(",").map((server) => server.trim());
  const dial = servers.every((server) => /^wss?:/.test(server)) ? wsconnect : connect;
  const connection = await dial({
    servers,
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: PING_EVERY_MS,
    maxPingOut: PINGS_UNANSWERED,
    waitOnFirstConnect: true,
    // The system resolves names: a process may connect to the names in its settings, to no address.
    resolve: false,
    noAsyncTraces: true,
  });
  void reportStatus(connection);
  return connection;
}

async function reportStatus(connection: NatsConnection): Promise<void> {
  const log = logger("nats");
  for await (const status of connection.status()) {
    if (status.type === "disconnect" || status.type === "error") {
      log.warning("NATS connection: {type}", { ...status });
    } else if (status.type === "reconnect") {
      log.info("NATS connection: reconnected", { ...status });
    }
  }
}
