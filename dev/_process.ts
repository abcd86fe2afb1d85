/** Processes that are not our children: looking at them and ending them by pid. */
import { run } from "./_exec.ts";
import { sleep } from "./_sleep.ts";

const graceMs = 8_000;

/** The command line of a process, or undefined when there is none with this pid. */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (Deno.build.os === "linux") {
    // However it fails, there is no such process: it may even go while it is being read.
    const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    return line === "" ? undefined : line.replaceAll("\0", " ").trim();
  }
  if (Deno.build.os === "windows") return undefined;
  const finished = await run("ps", ["-ww", "-o", "command=", "-p", `${pid}`], { timeoutMs: 5_000 });
  const line = finished.stdout.trim();
  return finished.success && line !== "" ? line : undefined;
}

/** Whether `pid` runs and its command line holds `match`: a pid alone may belong to anyone by now. */
export async function isRunning(pid: number, match: string): Promise<boolean> {
  return (await commandOf(pid))?.includes(match) ?? false;
}

/** Ends a process: `signal`, then SIGKILL after `timeoutMs`. Resolves when it is gone. */
export async function stopPid(
  pid: number,
  signal: Deno.Signal = "SIGTERM",
  timeoutMs = graceMs,
): Promise<void> {
  const command = await commandOf(pid);
  if (command === undefined) return;
  send(pid, signal);
  const deadline = performance.now() + timeoutMs;
  while (await commandOf(pid) === command) {
    if (performance.now() > deadline) send(pid, "SIGKILL");
    if (performance.now() > deadline + 2_000) return;
    await sleep(50);
  }
}

function send(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    // Gone between the look and the signal: what was wanted.
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}
