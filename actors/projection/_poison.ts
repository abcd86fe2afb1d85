/**
 * Sets aside a log message that cannot be projected, as a dead letter. The log keeps the original for
 * ever; the letter says that, and why, the read model lacks it.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { recordDeadLetter } from "../platform/mod.ts";
import type { LogMessage } from "./_decode.ts";

export interface Poison {
  readonly kind: "poison";
  readonly message: LogMessage;
  readonly error: unknown;
  readonly reason: string;
  /** How often it was tried. */
  readonly tries: number;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly sizeBytes: number;
}

/** Wraps `message` as one that cannot be projected because of `error`. */
export function poisonOf(message: LogMessage, error: unknown, tries = 1): Poison {
  const { sequence, storedAtMs, data } = message;
  const reason = error instanceof Error ? error.message : String(error);
  const sizeBytes = data.length;
  return { kind: "poison", message, error, reason, tries, sequence, storedAtMs, sizeBytes };
}

/**
 * Records `poison` as a dead letter, once if it is called again soon.
 *
 * @throws {Error} when the dead-letter stream does not acknowledge
 */
export async function recordPoison(
  connection: NatsConnection,
  stream: string,
  { message, error, tries }: Poison,
): Promise<void> {
  const { subject, sequence, data } = message;
  const process = "projector";
  await recordDeadLetter(connection, { subject, stream, sequence, data, error, tries, process });
}
