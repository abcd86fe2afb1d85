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

/** What `start` comes to; a signal before that ends the process, which has nothing yet to finish. */
export async function unlessStopped<T>(
  shutdown: Promise<Deno.Signal>,
  start: () => Promise<T>,
): Promise<T> {
  let isStarted = false;
  void shutdown.then(() => {
    if (!isStarted) Deno.exit(0);
  });
  try {
    return await start();
  } finally {
    isStarted = true;
  }
}
