/**
 * The virtual clock: what is to happen when. One thing happens at a time; all code that it wakes runs
 * to where it waits again before the next thing happens. No real time passes.
 */
import { setImmediate } from "node:timers";
import type { Random } from "./random.ts";

interface Planned {
  readonly atMs: number;
  /** Orders what is due at the same time, by the seed. */
  readonly tie: number;
  readonly action: () => void;
}

export class Scheduler {
  readonly #random: Random;
  /** A binary heap, the earliest first. */
  readonly #heap: Planned[] = [];
  #nowMs = 0;
  /** Things that have happened. */
  steps = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Milliseconds since the start of the run. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Has `action` happen in `ms` milliseconds. */
  after(ms: number, action: () => void): void {
    const planned = { atMs: this.#nowMs + Math.max(0, ms), tie: this.#random.next(), action };
    let index = this.#heap.push(planned) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (!above || !earlier(planned, above)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = planned;
  }

  /** Makes things happen until `isDone` says so, `untilMs` is reached, or nothing is planned. */
  async run(untilMs: number, isDone: () => boolean): Promise<void> {
    await settled();
    while (!isDone()) {
      const next = this.#heap[0];
      if (!next || next.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return;
      }
      this.#takeFirst();
      this.#nowMs = next.atMs;
      this.steps++;
      next.action();
      await settled();
    }
  }

  #takeFirst(): void {
    const last = this.#heap.pop();
    const { length } = this.#heap;
    if (!last || length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [this.#heap[child], this.#heap[child + 1]];
      if (!left) break;
      const smaller = right && earlier(right, left) ? right : left;
      if (smaller === right) child++;
      if (!earlier(smaller, last)) break;
      this.#heap[index] = smaller;
      index = child;
    }
    this.#heap[index] = last;
  }
}

function earlier(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie);
}

/** Resolves when no promise is left that could go on by itself. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
