/**
 * Whether a connection to NATS is there at this moment, for who must not wait for one that is away: the client
 * library keeps what is sent meanwhile, and answers when it is back.
 */
import type { NatsConnection } from "@nats-io/nats-core";

/** A connection's state, as far as this process knows it. */
export interface Link {
  readonly isConnected: boolean;
}

/** Follows `connection`, which is there now, until it is closed. */
export function watchLink(connection: NatsConnection): Link {
  const link = { isConnected: !connection.isClosed() };
  void follow(connection, link);
  return link;
}

async function follow(connection: NatsConnection, link: { isConnected: boolean }): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "disconnect" || type === "close") link.isConnected = false;
    else if (type === "reconnect") link.isConnected = true;
  }
  link.isConnected = false;
}
