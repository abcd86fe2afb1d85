/** Tells when every client has got an outcome of something it sent after a moment. */
import type { Answered } from "../support/history.ts";

interface Waiter {
  readonly sinceMs: number;
  readonly missing: Set<number>;
  readonly served: (atMs: number) => void;
}

export class Served {
  readonly #waiters = new Set<Waiter>();

  /**
   * Waits until all `clients` got an outcome of a command they sent after `sinceMs`.
   *
   * @returns how long that took, in milliseconds after `sinceMs`
   * @throws {Error} when it takes longer than `timeoutMs`
   */
  async until(
    clients: readonly number[],
    { sinceMs, timeoutMs }: { readonly sinceMs: number; readonly timeoutMs: number },
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const missing = new Set(clients);
    const waiter = { sinceMs, missing, served: resolve };
    this.#waiters.add(waiter);
    const timer = setTimeout(
      () => reject(new Error(`${missing.size} clients got no outcome within ${timeoutMs} ms`)),
      sinceMs + timeoutMs - performance.now(),
    );
    try {
      return await promise - sinceMs;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  /** Takes in what a client was told. */
  note(client: number, { sentAtMs, answeredAtMs, outcome }: Answered): void {
    if (outcome === "unknown") return;
    for (const { sinceMs, missing, served } of this.#waiters) {
      if (sentAtMs <= sinceMs || !missing.delete(client)) continue;
      if (missing.size === 0) served(answeredAtMs);
    }
  }
}
