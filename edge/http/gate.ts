/**
 * Lets a bounded number of tasks run at once and a bounded number wait: what is made of memory and processor
 * time, as password hashes are, must not take both from everyone else when a crowd asks for it.
 */
import { ProblemError } from "../../actors/protocol/mod.ts";

export class Gate {
  readonly #concurrency: number;
  readonly #queueLimit: number;
  readonly #detail: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: {
    readonly concurrency: number;
    readonly queue: number;
    /** What who is turned away is told. */
    readonly detail: string;
  }) {
    this.#concurrency = options.concurrency;
    this.#queueLimit = options.queue;
    this.#detail = options.detail;
  }

  /**
   * Runs `task` as soon as there is room, in the order of arrival.
   *
   * @throws {ProblemError} `unavailable` when too many wait already
   */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) {
      if (this.#waiting.length >= this.#queueLimit) {
        throw new ProblemError({ code: "unavailable", detail: this.#detail });
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
