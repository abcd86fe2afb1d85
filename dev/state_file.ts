/**
 * `.runtime/dev.json`: what runs now, for `status`, `down`, tests and other tools. While the stack is
 * still starting the same content stands in `dev.json.starting`, so that `dev.json` means ready.
 */
import { removeIfThere } from "./_files.ts";
import { commandOf, isRunning, stopPid } from "./_process.ts";
import type { Say } from "./_say.ts";
import type { ProcessRow } from "./process_spec.ts";

/** The content of `dev.json`. */
export interface StackState {
  /** The one URL to open. */
  readonly url: string;
  /** The supervisor. */
  readonly pid: number;
  readonly dataDir: string;
  readonly processes: readonly ProcessRow[];
}

/** Part of the command line of every supervisor: `dev/main.ts` and `dev/run_tests.ts`. */
const supervisorMatch = /dev[\\/](main|run_tests)\.ts/;

/** Writes the state in one step; the file holds the database password, so only its owner reads it. */
export async function writeState(path: string, state: StackState): Promise<void> {
  const temporary = `${path}.${Deno.pid}.tmp`;
  const text = JSON.stringify(state, null, 2) + "\n";
  await Deno.writeTextFile(temporary, text, { mode: 0o600 });
  await Deno.rename(temporary, path);
}

/** Reads the state of a running or starting stack; undefined when there is none. */
export async function readState(path: string): Promise<StackState | undefined> {
  for (const candidate of [path, `${path}.starting`]) {
    try {
      return JSON.parse(await Deno.readTextFile(candidate)) as StackState;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

/** Forgets the state. */
export async function removeState(path: string): Promise<void> {
  for (const candidate of [path, `${path}.starting`]) {
    await removeIfThere(candidate);
  }
}

/** Whether `pid` runs and is a supervisor. */
export async function isSupervisor(pid: number): Promise<boolean> {
  return supervisorMatch.test(await commandOf(pid) ?? "");
}

/** Ends the processes a killed supervisor left behind, after proving each pid is really one of them. */
export async function stopLeftovers(path: string, options: { say: Say }): Promise<void> {
  const state = await readState(path);
  if (!state) return;
  await Promise.all(state.processes.map(async ({ name, pid, match }) => {
    if (!await isRunning(pid, match)) return;
    options.say(`  ${name} (pid ${pid}) was left behind by an earlier start; stopping it`);
    await stopPid(pid, name === "postgres" ? "SIGINT" : "SIGTERM");
  }));
  await removeState(path);
}
