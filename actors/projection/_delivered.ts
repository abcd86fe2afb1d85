/** Reads a message as the stream delivers it into one of the log: its place, its bytes and what they follow. */
import type { DeliveredMessage } from "../platform/mod.ts";
import { headers } from "../protocol/routing/mod.ts";
import type { LogMessage } from "./_decode.ts";

/** The log message that was delivered; to be called before the next one arrives. */
export function logMessageOf(message: DeliveredMessage): LogMessage {
  return { ...message, previousHash: message.header(headers.PREVIOUS_HASH) };
}
