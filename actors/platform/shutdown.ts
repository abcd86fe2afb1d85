/** Waits for the signal to stop. */

/** Resolves with the name of the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilShutdown(): Promise<Deno.Signal> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  let asked = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      if (asked) Deno.exit(1);
      asked = true;
      resolve(signal);
    });
  }
  return promise;
}
