/**
 * Between reading and writing: a bounded queue that hands out batches. A batch is whatever has gathered
 * while the previous one was written, so a lone message leaves at once and a flood leaves in large ones.
 */

export interface QueueLimits {
  /** Most items and bytes of one batch; the queue holds twice that before it makes its filler wait. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /** How long a batch may gather after a previous one that was busy, in milliseconds. */
  readonly lingerMs: number;
}

interface Sized {
  readonly sizeBytes: number;
}

/** A batch of this many items says that there is enough traffic for lingering to pay. */
const BUSY_ITEMS = 8;

/** How long the next batch gathers, given how many items the last one had. */
export function lingerOf(lastItems: number, { lingerMs }: QueueLimits): number {
  return lastItems >= BUSY_ITEMS ? lingerMs : 0;
}

export class BatchQueue<T extends Sized> {
  readonly #limits: QueueLimits;
  #items: T[] = [];
  #bytes = 0;
  #lastItems = 0;
  #closed = false;
  #filled = Promise.withResolvers<void>();
  #drained = Promise.withResolvers<void>();

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** The oldest item that waits. */
  get oldest(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item; the promise, if there is one, resolves when there is room for the next. */
  push(item: T): Promise<void> | undefined {
    if (this.#closed) return undefined;
    this.#items.push(item);
    this.#bytes += item.sizeBytes;
    this.#filled.resolve();
    return this.#isFull(2) ? this.#drained.promise : undefined;
  }

  /** Takes the next batch, in order; waits for its first item. `undefined` once closed. */
  async take(): Promise<T[] | undefined> {
    while (this.#items.length === 0) {
      if (this.#closed) return undefined;
      await this.#filled.promise;
      this.#filled = Promise.withResolvers();
    }
    const lingerMs = lingerOf(this.#lastItems, this.#limits);
    if (lingerMs > 0 && !this.#isFull(1) && !this.#closed) {
      await new Promise((resolve) => setTimeout(resolve, lingerMs));
    }
    if (this.#closed) return undefined;
    return this.#cut();
  }

  /** Ends the queue: what waits is dropped, it is still in the log. */
  close(): void {
    this.#closed = true;
    this.#items = [];
    this.#filled.resolve();
    this.#drained.resolve();
  }

  #isFull(batches: number): boolean {
    const { maxItems, maxBytes } = this.#limits;
    return this.#items.length >= batches * maxItems || this.#bytes >= batches * maxBytes;
  }

  #cut(): T[] {
    const { maxItems, maxBytes } = this.#limits;
    let count = 0;
    let bytes = 0;
    for (const { sizeBytes } of this.#items) {
      if (count > 0 && (count >= maxItems || bytes + sizeBytes > maxBytes)) break;
      count++;
      bytes += sizeBytes;
    }
    const batch = this.#items.splice(0, count);
    this.#bytes -= bytes;
    this.#lastItems = count;
    if (!this.#isFull(2)) {
      this.#drained.resolve();
      this.#drained = Promise.withResolvers();
    }
    return batch;
  }
}
