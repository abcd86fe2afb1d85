/**
 * Pauses a process for a test. A stop signal is answered by every thread in its own time, so that a
 * server with several of them may still serve a request after the signal was sent.
 */
import { sleep } from "./_sleep.ts";

const timeLimitMs = 5_000;
const pollMs = 2;

/** Stops a process with SIGSTOP; resolves when all its threads stand still. SIGCONT lets it go on. */
export async function pauseProcess(pid: number): Promise<void> {
  Deno.kill(pid, "SIGSTOP");
  const deadline = performance.now() + timeLimitMs;
  while (!await standsStill(pid)) {
    if (performance.now() > deadline) throw new Error(`Process ${pid} does not stop`);
    await sleep(pollMs);
  }
}

async function standsStill(pid: number): Promise<boolean> {
  if (Deno.build.os !== "linux") {
    const { stdout } = await new Deno.Command("ps", { args: ["-o", "state=", "-p", `${pid}`] })
      .output();
    return isStopped(new TextDecoder().decode(stdout).trim());
  }
  const threads = await Array.fromAsync(Deno.readDir(`/proc/${pid}/task`));
  const states = await Promise.all(threads.map(({ name }) => threadState(pid, name)));
  return states.every(isStopped);
}

/** The state letter of proc_pid_stat(5); the name before it, in parentheses, may hold anything. */
async function threadState(pid: number, thread: string): Promise<string> {
  const stat = await Deno.readTextFile(`/proc/${pid}/task/${thread}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2);
}

function isStopped(state: string): boolean {
  return state.startsWith("T");
}
