/**
 * Lets messages gather between two batches: a larger batch costs less per event, and nobody notices how old the
 * read model is, except a reader who waits for what is not in it yet, and says so.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { type Logger, pause } from "../platform/mod.ts";
import { AWAITED_SUBJECTS } from "../protocol/routing/mod.ts";

export interface LingerLimits {
  /** How long messages gather after a batch that was busy, in milliseconds. */
  readonly lingerMs: number;
  /** The same while a reader waits. */
  readonly awaitedLingerMs: number;
}

export class Linger implements Disposable {
  readonly #limits: LingerLimits;
  readonly #subscription: { unsubscribe(): void };
  /** Somebody has begun to wait since messages were last let gather. */
  #isAwaited = false;
  #end: (() => void) | undefined;

  /** Listens to readers over `connection` until disposed. */
  constructor(connection: NatsConnection, limits: LingerLimits, log: Logger) {
    this.#limits = limits;
    this.#subscription = connection.subscribe(AWAITED_SUBJECTS, {
      callback: (error) => {
        if (error) return log.error("Readers who wait cannot be heard: {error}", { error });
        this.#isAwaited = true;
        this.#end?.();
      },
    });
  }

  /** Waits as long as messages may gather, or until `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const { lingerMs, awaitedLingerMs } = this.#limits;
    await pause(awaitedLingerMs, signal);
    if (!this.#isAwaited) {
      const ended = new AbortController();
      this.#end = () => ended.abort();
      await pause(lingerMs - awaitedLingerMs, AbortSignal.any([signal, ended.signal]));
      this.#end = undefined;
    }
    this.#isAwaited = false;
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}
