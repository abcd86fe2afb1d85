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
  const byWebSocket = servers.every((server) => /^wss?:/.test(server));
  let socket: WebSocket | undefined;
  const settings = {
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
  };
  const connection = await (byWebSocket
    ? wsconnect({
      ...settings,
      wsFactory: (url) => {
        socket = new WebSocket(url);
        return Promise.resolve({ socket, encrypted: url.startsWith("wss:") });
      },
    })
    : connect(settings));
  void reportStatus(connection, () => socket && giveUp(socket));
  return connection;
}

/** Has a WebSocket count as closed without the other side, whose answer the client would wait for. */
function giveUp(socket: WebSocket): void {
  socket.dispatchEvent(new CloseEvent("close", { reason: "Nothing arrives any more" }));
}

/** Tells what becomes of the connection; `onStale` is called when nothing arrives on it any more. */
async function reportStatus(connection: NatsConnection, onStale: () => void): Promise<void> {
  const log = logger("nats");
  for await (const status of connection.status()) {
    if (status.type === "staleConnection") onStale();
    if (status.type === "disconnect" || status.type === "error") {
      log.warning("NATS connection: {type}", { ...status });
    } else if (status.type === "reconnect") {
      log.info("NATS connection: reconnected", { ...status });
    }
  }
}
