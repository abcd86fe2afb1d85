/** How long a host waits before it tries again what has failed. */

const FIRST_MS = 50;
const MAX_MS = 1_000;

/** Milliseconds before another try; `attempt` counts from 0. */
export function backoffMs(attempt: number): number {
  return Math.min(MAX_MS, FIRST_MS * 2 ** attempt);
}
