/** Waiting that ends early when there is a reason to try again at once. */

/**
 * Resolves after `ms`, or earlier when `signal` aborts, the browser comes back online or the page
 * becomes visible again. `Infinity` waits for one of the latter only.
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const timer = ms === Infinity ? undefined : setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      over.abort();
      resolve();
    }
    if (signal.aborted) return end();
    signal.addEventListener("abort", end, { signal: over.signal });
    addEventListener("online", end, { signal: over.signal });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && navigator.onLine) end();
    }, { signal: over.signal });
  });
}
