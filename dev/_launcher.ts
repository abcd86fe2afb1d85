/**
 * `npx deno task dev` puts npm and a shell between the terminal and this process, and that shell passes
 * no signal on: SIGTERM ends npm and leaves everything below it running. So the end of npm is a request
 * to stop as well.
 */
import { commandOf } from "./_process.ts";
import { run } from "./_exec.ts";

const pollMs = 300;
const deepest = 8;

/** The pid of the `npx` or `npm exec` this process was started by, or undefined. */
export async function findLauncher(): Promise<number | undefined> {
  if (Deno.build.os === "windows") return undefined;
  let pid: number | undefined = Deno.ppid;
  for (let depth = 0; depth < deepest && pid !== undefined && pid > 1; depth++) {
    if (isNpx(await commandOf(pid) ?? "")) return pid;
    pid = await parentOf(pid);
  }
  return undefined;
}

/** Whether a command line is the one of `npx`. Pure. */
export function isNpx(command: string): boolean {
  return /^npm exec |(^|[\s/])npx(-cli\.js)?\s/.test(command);
}

/** Calls `onEnd` when the launcher, if there is one, has ended. */
export function watchLauncher(onEnd: () => void): Disposable {
  let timer: ReturnType<typeof setInterval> | undefined;
  let disposed = false;
  findLauncher().then((pid) => {
    if (pid === undefined || disposed) return;
    timer = setInterval(async () => {
      if (await commandOf(pid) === undefined && !disposed) onEnd();
    }, pollMs);
  });
  return {
    [Symbol.dispose]() {
      disposed = true;
      clearInterval(timer);
    },
  };
}

async function parentOf(pid: number): Promise<number | undefined> {
  if (Deno.build.os === "linux") {
    // However it fails, there is no such process: it may even go while it is being read.
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
    // The name in parentheses may hold anything; the state and the parent follow the last one.
    const [, parent] = /^.*\) \S (\d+)/s.exec(stat) ?? [];
    return parent === undefined ? undefined : Number(parent);
  }
  const finished = await run("ps", ["-o", "ppid=", "-p", `${pid}`], { timeoutMs: 5_000 });
  return finished.success ? Number(finished.stdout.trim()) || undefined : undefined;
}
