/**
 * How far a projection is behind in time, as far as is known: while nobody can look, or nothing is projected,
 * it rises, so that it never says "nothing waits" of what was long ago. Pure.
 */

/** A look that is older says nothing of now; they come every second. */
const FRESH_MS = 3_000;

export class Lag {
  #lookedAtMs: number;
  #waitingSinceMs: number | undefined;

  /** Nobody has looked yet at `nowMs`. */
  constructor(nowMs: number) {
    this.#lookedAtMs = nowMs;
  }

  /** Notes a look: when the oldest message that waits was stored, `undefined` when none does. */
  looked(nowMs: number, waitingSinceMs: number | undefined): void {
    this.#lookedAtMs = nowMs;
    this.#waitingSinceMs = waitingSinceMs;
  }

  /** Age in seconds of the oldest message that waits, or may wait since the last look; 0 when none does. */
  seconds(nowMs: number): number {
    const isFresh = nowMs - this.#lookedAtMs <= FRESH_MS;
    const untilMs = isFresh ? this.#lookedAtMs : nowMs;
    const sinceMs = this.#waitingSinceMs ?? this.#lookedAtMs;
    return Math.max(0, untilMs - sinceMs) / 1_000;
  }
}
