/**
 * How often work on a message that fails is tried, and how long is waited between tries: five times, with
 * growing delays, and then it is a dead letter. For failures that are the message's own; an outage says
 * nothing about the message, so waiting for it to pass is no try.
 */

/** Tries of one message, the first one included. */
export const MAX_TRIES = 5;
/** The last one repeats. */
const DELAYS_MS = [1_000, 5_000, 30_000] as const;

/**
 * How long to wait, in milliseconds, after `failed` tries in a row; `undefined` when there is to be no
 * other.
 */
export function nextTryInMs(failed: number): number | undefined {
  if (failed >= MAX_TRIES) return undefined;
  return DELAYS_MS[Math.min(Math.max(failed, 1), DELAYS_MS.length) - 1];
}
