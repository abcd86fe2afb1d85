/** How long to wait before trying again: exponential with full jitter. Pure. */

const BASE_MS = 400;
const CAP_MS = 15_000;

/**
 * Milliseconds to wait before attempt `attempt + 1`.
 *
 * @param attempt how many attempts have failed in a row, from 1
 * @param random a number in [0, 1)
 * @param floorMs what the server asked for at least (`Retry-After`, `retry:`)
 */
export function backoffMs(attempt: number, random: number, floorMs = 0): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt - 1, 16));
  return floorMs + Math.round(ceiling * (0.25 + 0.75 * random));
}
