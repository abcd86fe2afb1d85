/**
 * Collects who has something to write and lets each write once: what arrives together leaves together.
 */

export interface Flushable {
  /** Writes what has been collected. */
  flush(): void;
}

export class FlushQueue {
  #waiting: Flushable[] = [];

  /** Has `target` flushed after what is being handled now; add it once per flush. */
  add(target: Flushable): void {
    if (this.#waiting.push(target) === 1) queueMicrotask(() => this.#run());
  }

  #run(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const target of waiting) target.flush();
  }
}
