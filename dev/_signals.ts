/** Ctrl-C and its relatives as an AbortSignal. */
import { watchLauncher } from "./_launcher.ts";

function stopSignals(): Deno.Signal[] {
  if (Deno.build.os === "windows") return ["SIGINT", "SIGBREAK"];
  return ["SIGINT", "SIGTERM", ...(hangUpIsIgnored() ? [] : ["SIGHUP" as const])];
}

/** Under `nohup` the end of the terminal must not end the stack; a listener would undo that. */
function hangUpIsIgnored(): boolean {
  if (Deno.build.os !== "linux") return false;
  const [, ignored] = /^SigIgn:\s*([0-9a-f]+)/m.exec(Deno.readTextFileSync("/proc/self/status")) ??
    [];
  return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 1n;
}

/**
 * Aborts at the first signal. Later ones change nothing: stopping takes bounded time anyway, and one
 * Ctrl-C often arrives twice, from the terminal and forwarded by the task runner.
 */
export function stopSignal(): AbortSignal & Disposable {
  const signals = stopSignals();
  const controller = new AbortController();
  const handle = () => controller.abort(new Error("a signal asked to stop"));
  for (const signal of signals) Deno.addSignalListener(signal, handle);
  const launcher = watchLauncher(handle);
  return Object.assign(controller.signal, {
    [Symbol.dispose]() {
      launcher[Symbol.dispose]();
      for (const signal of signals) Deno.removeSignalListener(signal, handle);
    },
  });
}
