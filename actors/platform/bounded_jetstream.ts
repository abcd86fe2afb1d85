/** JetStream for work that somebody waits for: everything that is asked of it ends in time. */
import {
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";

export interface BoundedJetStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** JetStream over `connection`, each of whose requests gives up after `timeoutMs`; asks nothing itself. */
export async function boundedJetStream(
  connection: NatsConnection,
  timeoutMs: number,
): Promise<BoundedJetStream> {
  const options = { timeout: timeoutMs };
  const manager = await jetstreamManager(connection, { ...options, checkAPI: false });
  return { client: jetstream(connection, options), manager };
}
