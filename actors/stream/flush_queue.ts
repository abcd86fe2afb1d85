/**
 * Collects who has something to write and lets each write once. What arrives together leaves together;
 * who was written to a moment ago waits for the end of that moment, so that a burst of events costs a
 * write per moment and reader, not one per event. The first event after a quiet moment never waits.
 */

/** Timers may be late by as much again: events of a burst are held for ten milliseconds at most. */
const MOMENT_MS = 5;

export interface Flushable {
  /** When it was flushed last, on the queue's clock; kept by the queue. */
  flushedAtMs: number;
  /** Writes what has been collected. */
  flush(): void;
}

export interface FlushQueueOptions {
  /** How long a moment lasts, in milliseconds: the longest that a write waits for more to join it. */
  readonly momentMs: number;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Runs `action` once, after `ms` milliseconds, unless what is returned is called before. */
  after(ms: number, action: () => void): () => void;
}

export class FlushQueue implements Disposable {
  readonly #options: FlushQueueOptions;
  /** To be flushed after what is being handled now. */
  #soon: Flushable[] = [];
  /** To be flushed at the end of the moment. */
  #later: Flushable[] = [];
  /** The time of what is being handled now; `undefined` between two turns. */
  #turnMs: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: FlushQueueOptions) {
    this.#options = options;
  }

  /** Has `target` flushed after what is being handled now, or soon after; add it once per flush. */
  add(target: Flushable): void {
    if (this.#turnMs === undefined) {
      this.#turnMs = this.#options.now();
      queueMicrotask(() => this.#endTurn());
    }
    const { momentMs, after } = this.#options;
    if (this.#turnMs - target.flushedAtMs >= momentMs) this.#soon.push(target);
    else if (this.#later.push(target) === 1) {
      this.#cancel = after(momentMs, () => this.#endMoment());
    }
  }

  /** Forgets who waits; nothing is left behind that would run later. */
  [Symbol.dispose](): void {
    this.#later = [];
    this.#cancel?.();
  }

  #endTurn(): void {
    const soon = this.#soon;
    const turnMs = this.#turnMs ?? this.#options.now();
    this.#soon = [];
    this.#turnMs = undefined;
    flushAll(soon, turnMs);
  }

  #endMoment(): void {
    const later = this.#later;
    this.#later = [];
    flushAll(later, this.#options.now());
  }
}

function flushAll(targets: readonly Flushable[], nowMs: number): void {
  for (const target of targets) {
    target.flushedAtMs = nowMs;
    target.flush();
  }
}

/** A queue on the timers of this process; `now` as in {@link FlushQueueOptions}. */
export function timedFlushQueue(now: () => number): FlushQueue {
  return new FlushQueue({
    momentMs: MOMENT_MS,
    now,
    after: (ms, action) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
  });
}
