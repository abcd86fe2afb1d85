/** Looks for a stream that may not be there. */
import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import { isMissingStream } from "./missing_stream.ts";

/** How the stream `name` is configured; `undefined` when there is none. */
export async function findStream(
  manager: JetStreamManager,
  name: string,
): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (isMissingStream(error)) return undefined;
    throw error;
  }
}
