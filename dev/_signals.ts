/** Ctrl-C and its relatives as an AbortSignal. */
import { watchLauncher } from "./_launcher.ts";

/**
 * Aborts at the first signal. Later ones change nothing: stopping takes bounded time anyway, and one
 * Ctrl-C often arrives twice, from the terminal and forwarded by the task runner.
 */
export function stopSignal(): AbortSignal & Disposable {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error("a signal asked to stop"));
  // The end of a terminal stops what was started in it, but not what `nohup` detached from it.
  const attached = Deno.stdin.isTerminal();
  const hangUp = () => attached && stop();
  const listeners: readonly (readonly [Deno.Signal, () => void])[] = Deno.build.os === "windows"
    ? [["SIGINT", stop], ["SIGBREAK", stop]]
    : [["SIGINT", stop], ["SIGTERM", stop], ["SIGHUP", hangUp]];
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  const launcher = watchLauncher(stop);
  return Object.assign(controller.signal, {
    [Symbol.dispose]() {
      launcher[Symbol.dispose]();
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  });
}
