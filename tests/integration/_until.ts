/** Waiting in tests for what comes soon, and no longer than it may take. */
import { pause } from "../../actors/platform/mod.ts";

const LOOK_AGAIN_MS = 10;

/**
 * Waits until `condition` holds; what it throws ends the wait.
 *
 * @param why what is told of a wait of `timeoutMs` that was in vain
 */
export async function until(
  condition: () => Promise<boolean> | boolean,
  timeoutMs: number,
  why: () => string = () => "",
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!await condition()) {
    if (performance.now() > giveUpAt) throw new Error(`Not so within ${timeoutMs} ms\n${why()}`);
    await pause(LOOK_AGAIN_MS);
  }
}
