/**
 * A timer wheel: one timer of the process serves the heartbeats, expiries and checks of every
 * connection and feed. Pure; whoever owns it advances it.
 */

/** Something that wants to be called at times it names itself. */
export interface Timed {
  /** Called at about the time asked for or earlier; returns the next time, or `undefined` for none. */
  due(nowMs: number): number | undefined;
}

export class Wheel {
  readonly #slots: Set<Timed>[];
  readonly #places = new Map<Timed, number>();
  readonly tickMs: number;
  #tick: number;

  /** A wheel at `nowMs` that turns once in `slots` ticks of `tickMs`; farther times are taken in turns. */
  constructor(nowMs: number, options: { readonly tickMs: number; readonly slots: number }) {
    this.tickMs = options.tickMs;
    this.#slots = Array.from({ length: options.slots }, () => new Set());
    this.#tick = Math.floor(nowMs / options.tickMs);
  }

  /** How many items wait. */
  get size(): number {
    return this.#places.size;
  }

  /** Has `item` called at `atMs`, or earlier when it was already to be called earlier. */
  schedule(item: Timed, atMs: number): void {
    const last = this.#tick + this.#slots.length - 1;
    const tick = Math.min(Math.max(Math.ceil(atMs / this.tickMs), this.#tick + 1), last);
    const planned = this.#places.get(item);
    if (planned !== undefined) {
      if (planned <= tick) return;
      this.#slot(planned).delete(item);
    }
    this.#places.set(item, tick);
    this.#slot(tick).add(item);
  }

  /** Forgets `item`. */
  cancel(item: Timed): void {
    const planned = this.#places.get(item);
    if (planned === undefined) return;
    this.#places.delete(item);
    this.#slot(planned).delete(item);
  }

  /** Calls everything that is due at `nowMs`. */
  advance(nowMs: number): void {
    const target = Math.floor(nowMs / this.tickMs);
    while (this.#tick < target) {
      this.#tick++;
      const slot = this.#slot(this.#tick);
      if (slot.size === 0) continue;
      const items = [...slot];
      slot.clear();
      for (const item of items) this.#places.delete(item);
      for (const item of items) {
        const next = item.due(nowMs);
        if (next !== undefined) this.schedule(item, next);
      }
    }
  }

  #slot(tick: number): Set<Timed> {
    const slot = this.#slots[tick % this.#slots.length];
    if (!slot) throw new RangeError(`No slot for tick ${tick}`);
    return slot;
  }
}
