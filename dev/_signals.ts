/** Ctrl-C and its relatives as an AbortSignal. */
import { watchLauncher } from "./_launcher.ts";

const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Aborts at the first signal. Later ones change nothing: stopping takes bounded time anyway, and one
 * Ctrl-C often arrives twice, from the terminal and forwarded by the task runner.
 */
export function stopSignal(): AbortSignal & Disposable {
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
