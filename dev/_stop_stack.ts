/** Ends the stack of this checkout from outside, also when its supervisor was killed. */
import { devStateFile } from "./_paths.ts";
import { isRunning, stopPid } from "./_process.ts";
import { say } from "./_say.ts";
import { readState, stopLeftovers, supervisorRuns } from "./state_file.ts";

/** The supervisor needs at most 20 s for a clean stop. */
const supervisorGraceMs = 22_000;

/** Returns whether anything was running. */
export async function stopRunningStack(): Promise<boolean> {
  const state = await readState(devStateFile);
  if (!state) return false;
  let ran = false;
  if (await supervisorRuns(state)) {
    ran = true;
    say(`Stopping the stack at ${state.url} (pid ${state.pid}) …`);
    await stopPid(state.pid, "SIGTERM", supervisorGraceMs);
  }
  for (const { pid, match } of state.processes) ran ||= await isRunning(pid, match);
  await stopLeftovers(devStateFile, { say });
  return ran;
}
