/**
 * Ends the stack of this checkout from outside: one that runs, one that has just begun to start, and
 * what a killed supervisor left. Who holds the lock is the truth; the state file may be an older one's.
 */
import { DevError } from "./_error.ts";
import { statIfThere } from "./_files.ts";
import { lastHolder, takeLock } from "./_lock.ts";
import { runtimeDir } from "./_paths.ts";
import { isRunning, stopPid } from "./_process.ts";
import { type Say, say as sayAloud } from "./_say.ts";
import { sleep } from "./_sleep.ts";
import { isSupervisor, readState, stopLeftovers } from "./state_file.ts";

/** The supervisor needs at most 20 s for a clean stop. */
const supervisorGraceMs = 22_000;
/** How long someone may hold the lock who is no supervisor, such as `deno task clean`. */
const lockTimeoutMs = 30_000;
const pollMs = 50;

/** A stack that does not run; nobody can start it before this is disposed. */
export interface Stopped extends Disposable {
  /** Whether anything was running. */
  readonly ran: boolean;
}

/** Stops the stack with its data in `dir` and holds its lock; makes nothing where there is nothing. */
export async function stopRunningStack(
  options: { dir?: string; say?: Say } = {},
): Promise<Stopped> {
  const { dir = runtimeDir, say = sayAloud } = options;
  const exists = await statIfThere(dir) !== undefined;
  if (!exists) return { ran: false, [Symbol.dispose]: () => {} };
  const stateFile = `${dir}/dev.json`;
  let ran = false;
  let lock = await takeLock(dir);
  for (const started = performance.now(); !lock; lock = await takeLock(dir)) {
    const pid = await lastHolder(dir);
    if (pid !== undefined && await isSupervisor(pid)) {
      const state = await readState(stateFile);
      const where = state?.pid === pid ? `at ${state.url}` : "that is starting";
      say(`Stopping the stack ${where} (pid ${pid}) …`);
      await stopPid(pid, "SIGTERM", supervisorGraceMs);
      ran = true;
    } else if (performance.now() - started > lockTimeoutMs) {
      throw new DevError("not-stopped", `Another process (pid ${pid}) holds "${dir}/dev.lock"`);
    } else {
      await sleep(pollMs);
    }
  }
  const state = await readState(stateFile);
  for (const { pid, match } of state?.processes ?? []) ran ||= await isRunning(pid, match);
  await stopLeftovers(stateFile, { say });
  const held = lock;
  return { ran, [Symbol.dispose]: () => held[Symbol.dispose]() };
}
