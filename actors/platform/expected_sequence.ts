/** Writes that say which message they expect to be the last one of their subject, and are refused otherwise. */
import { JetStreamApiError } from "@nats-io/jetstream";

/** The server's code for it: somebody else wrote in between. */
export const WRONG_LAST_SEQUENCE = 10071;

/** Whether a write was refused because another message is the last one of its subject. */
export function isWrongLastSequence(error: unknown): error is JetStreamApiError {
  return error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE;
}
