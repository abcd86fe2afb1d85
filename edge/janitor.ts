/** Removes what has expired from the edge's own tables, a little at a time, while the process runs. */
import { logger } from "../actors/platform/mod.ts";

const EVERY_MS = 10 * 60 * 1000;

/** Runs every task now and then; a task that fails is tried again the next time. */
export function startJanitor(tasks: readonly (() => Promise<void>)[]): { stop: () => void } {
  const log = logger("edge.janitor");
  const timer = setInterval(async () => {
    for (const task of tasks) {
      try {
        await task();
      } catch (error) {
        log.warning("Cleaning up failed: {reason}", { reason: String(error) });
      }
    }
  }, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
