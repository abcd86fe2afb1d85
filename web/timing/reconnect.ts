/** How a page comes back to a stream that was lost: when it looks for it, and how long it waits. Pure. */
import { backoffMs } from "./backoff.ts";

/** Heartbeats come every 15–20 s: after this long without a byte the connection is taken for dead. */
export const SILENCE_MS = 45_000;
/** A connection that lasted this long was a good one: the next loss counts as the first. */
const GOOD_MS = 5_000;

/** A stream that ended, or could not be opened. */
export interface Loss {
  /** From the attempt to open it to its end. */
  readonly lastedMs: number;
  /** How long the server asked to wait at least (`Retry-After`, `retry:`); 0 when it did not. */
  readonly floorMs: number;
}

/** What follows a loss. */
export interface Reconnect {
  /** Losses in a row, this one included. */
  readonly failures: number;
  readonly waitMs: number;
}

/**
 * How long to wait before the stream is opened again.
 *
 * @param failures losses in a row before this one
 * @param random a number in [0, 1)
 */
export function reconnectAfter(failures: number, loss: Loss, random: number): Reconnect {
  const inARow = loss.lastedMs > GOOD_MS ? 1 : failures + 1;
  return { failures: inARow, waitMs: backoffMs(inARow, random, loss.floorMs) };
}
