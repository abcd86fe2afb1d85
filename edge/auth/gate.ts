/**
 * Lets a bounded number of tasks run at once and a bounded number wait: password hashes are made of
 * memory and processor time, and a crowd at the door must not take both from everyone inside.
 */
import { ProblemError } from "../../actors/protocol/mod.ts";

export class Gate {
  readonly #concurrency: number;
  readonly #queueLimit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: { readonly concurrency: number; readonly queue: number }) {
    this.#concurrency = options.concurrency;
    this.#queueLimit = options.queue;
  }

  /**
   * Runs `task` as soon as there is room, in the order of arrival.
   *
   * @throws {ProblemError} `unavailable` when too many wait already
   */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) {
      if (this.#waiting.length >= this.#queueLimit) {
        throw new ProblemError({
          code: "unavailable",
          detail: "Too many people are signing in at this moment",
        });
      }
      // Whoever leaves hands over its place, so the count stays.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
