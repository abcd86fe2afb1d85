/** How long a supervisor waits before it starts a crashed process again. Pure. */

const firstDelayMs = 200;
const longestDelayMs = 5_000;

/** Delay before restart number `attempt` (0, 1, 2, …): 0.2 s, doubled each time, at most 5 s. */
export function restartDelayMs(attempt: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 16));
}
