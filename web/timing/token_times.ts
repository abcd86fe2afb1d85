/** When a page replaces its access token. Pure. */

/** A token this close to its end is replaced before it is used. */
const SPARE_MS = 30_000;
/** How long before its end the token is replaced while the page is idle. */
const AHEAD_MS = 60_000;
const SHORTEST_MS = 5_000;

/** Whether a token that ends at `expiresAtMs` is still good for a request. */
export function isFresh(expiresAtMs: number, nowMs: number): boolean {
  return expiresAtMs - SPARE_MS > nowMs;
}

/**
 * How long from now a token is replaced ahead of its end, in milliseconds.
 *
 * @param leftMs how long it is valid yet
 * @param random a number in [0, 1)
 */
export function refreshInMs(leftMs: number, random: number): number {
  return Math.max(leftMs - AHEAD_MS, SHORTEST_MS) * (0.9 + random * 0.1);
}
