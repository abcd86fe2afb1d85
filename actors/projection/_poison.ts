/**
 * Sets aside a log message that cannot be projected: its bytes, place and reason go to a dead-letter
 * subject. The log keeps the original for ever; this is the list of what to look at.
 */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { jetstream } from "@nats-io/jetstream";
import type { LogMessage } from "./_decode.ts";

/** Leaves room for the headers within the server's payload limit of 1 MiB. */
const MAX_BYTES = 1024 * 1024 - 8 * 1024;
const REASON_MAX_CHARS = 500;

export interface Poison {
  readonly kind: "poison";
  readonly message: LogMessage;
  readonly reason: string;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly sizeBytes: number;
}

/** Wraps `message` as one that cannot be projected because of `error`. */
export function poisonOf(message: LogMessage, error: unknown): Poison {
  const { sequence, storedAtMs, data } = message;
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "poison", message, reason, sequence, storedAtMs, sizeBytes: data.length };
}

/**
 * Records `poison` under `dlq.projection.<stream>`, once however often it is called.
 *
 * @throws {Error} when the dead-letter stream does not acknowledge
 */
export async function recordPoison(
  connection: NatsConnection,
  stream: string,
  { message, reason }: Poison,
): Promise<void> {
  const headers = newHeaders();
  headers.set("Todo-Stream", stream);
  headers.set("Todo-Subject", headerText(message.subject));
  headers.set("Todo-Sequence", String(message.sequence));
  headers.set("Todo-Reason", headerText(reason));
  if (message.data.length > MAX_BYTES) headers.set("Todo-Truncated", String(message.data.length));
  await jetstream(connection).publish(
    `dlq.projection.${stream}`,
    message.data.subarray(0, MAX_BYTES),
    { headers, msgID: `projection-${stream}-${message.sequence}`, timeout: 5_000 },
  );
}

/** Text that fits into a header: one line of printable ASCII. */
function headerText(text: string): string {
  return text.slice(0, REASON_MAX_CHARS).replace(/[^\x20-\x7e]/g, "?");
}
