/** One child process: starting it in its own group, ending it, and waiting in between. */
import type { ProcessSpec } from "./process_spec.ts";

/** Starts the process with its output piped. */
export function spawn(spec: ProcessSpec): Deno.ChildProcess {
  const { uid, gid } = spec;
  return new Deno.Command(spec.command, {
    args: [...spec.args],
    cwd: spec.cwd,
    env: { ...spec.env },
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    // Own process group: a Ctrl-C in the terminal reaches only the supervisor, which stops in order.
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Asks a child to end, kills it after the grace, resolves when it is gone. */
export async function terminate(
  child: Deno.ChildProcess,
  options: { signal: Deno.Signal; graceMs: number },
): Promise<void> {
  const send = (wanted: Deno.Signal) => {
    try {
      child.kill(wanted);
    } catch (error) {
      // The process has ended already: what was wanted.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  send(options.signal);
  const timer = setTimeout(() => send("SIGKILL"), options.graceMs);
  await child.status;
  clearTimeout(timer);
}
