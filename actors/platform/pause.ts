/** Waiting that can be ended. */

/** Waits for `ms` milliseconds, or until `signal` aborts if that is sooner. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal?.aborted) return Promise.resolve();
  const timer = setTimeout(end, ms);
  signal?.addEventListener("abort", end);
  return promise;

  function end(): void {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    resolve();
  }
}
