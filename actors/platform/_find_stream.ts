/** Looks for a stream that may not be there. */
import { JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";

const STREAM_NOT_FOUND = 10059;

/** How the stream `name` is configured; `undefined` when there is none. */
export async function findStream(
  manager: JetStreamManager,
  name: string,
): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}
