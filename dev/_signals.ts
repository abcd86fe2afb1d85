/** Ctrl-C and its relatives as an AbortSignal. */

const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Aborts at the first signal; the second one ends the process at once. */
export function stopSignal(onSecond: () => void): AbortSignal & Disposable {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) return onSecond();
    controller.abort(new Error("a signal asked to stop"));
  };
  for (const signal of signals) Deno.addSignalListener(signal, handle);
  return Object.assign(controller.signal, {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, handle);
    },
  });
}
