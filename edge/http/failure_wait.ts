/**
 * Failures per key: some are free, each further one doubles the wait for the next attempt, up to a bound, and
 * one is forgotten from time to time. Nobody is ever locked out for good. At most 100,000 keys.
 */
import { LRUCache } from "lru-cache";
import type { Quota } from "../../actors/platform/mod.ts";

const MAX_KEYS = 100_000;
/** The longest wait, and how long after a wait one failure is forgotten, and then one more. */
export const LONGEST_WAIT_MS = 15 * 60_000;

/** How many attempts may be checked at this moment. */
export interface Room {
  readonly attempts: number;
  /** Seconds until there is room, when there is none. */
  readonly seconds: number;
}

interface Failures {
  readonly count: number;
  /** When the next attempt may be checked. */
  readonly nextMs: number;
}

export interface FailureWaitOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  /** Told of failures that were counted here. */
  readonly onTake?: (key: string, count: number) => void;
}

/** Counts the failures of many keys. */
export class FailureWait {
  readonly name: string;
  /** Value of the `RateLimit-Policy` field. */
  readonly policy: string;
  readonly #limit: number;
  readonly #firstWaitMs: number;
  /** Failures after which the wait is the longest; more are not remembered. */
  readonly #most: number;
  readonly #onTake: ((key: string, count: number) => void) | undefined;
  readonly #now: () => number;
  readonly #failures = new LRUCache<string, Failures>({ max: MAX_KEYS });

  /**
   * @param quota so many failures are free; the first wait is the time in which the quota allows one; a limit
   *   of 0 means that all are
   */
  constructor(name: string, quota: Quota, options: FailureWaitOptions = {}) {
    this.name = name;
    this.policy = `"${name}";q=${quota.limit};w=${quota.windowSeconds}`;
    this.#limit = quota.limit;
    this.#firstWaitMs = quota.windowSeconds * 1000 / Math.max(1, quota.limit);
    this.#most = quota.limit +
      Math.max(0, Math.ceil(Math.log2(LONGEST_WAIT_MS / this.#firstWaitMs)));
    this.#onTake = options.onTake;
    this.#now = options.now ?? (() => performance.now());
  }

  /** How many attempts of `key` may be checked now, those included that are being checked. */
  room(key: string): Room {
    if (this.#limit === 0) return { attempts: Infinity, seconds: 0 };
    const known = this.#failures.get(key);
    if (!known) return { attempts: this.#limit, seconds: 0 };
    const now = this.#now();
    if (known.nextMs > now) {
      return { attempts: 0, seconds: Math.ceil((known.nextMs - now) / 1000) };
    }
    return {
      attempts: Math.max(1, this.#limit - Math.round(this.#decayed(known, now))),
      seconds: 0,
    };
  }

  /** Counts a failure of `key`. */
  take(key: string): void {
    if (this.#limit === 0) return;
    this.note(key, 1);
    this.#onTake?.(key, 1);
  }

  /** Counts `count` failures of `key` that happened elsewhere. */
  note(key: string, count: number): void {
    if (this.#limit === 0) return;
    const now = this.#now();
    const known = this.#failures.get(key);
    const sum = Math.min(this.#most, (known ? this.#decayed(known, now) : 0) + count);
    const doublings = Math.round(sum) - this.#limit;
    const waitMs = doublings < 0
      ? 0
      : Math.min(LONGEST_WAIT_MS, this.#firstWaitMs * 2 ** doublings);
    this.#failures.set(key, {
      count: sum,
      nextMs: Math.max(known?.nextMs ?? 0, now + waitMs),
    });
  }

  /** The keys with failures that count now: how many do, and milliseconds until the next attempt may be checked. */
  *known(): Generator<readonly [key: string, count: number, waitMs: number]> {
    const now = this.#now();
    for (const [key, failures] of this.#failures.entries()) {
      const count = this.#decayed(failures, now);
      if (count > 0) yield [key, count, Math.max(0, failures.nextMs - now)];
    }
  }

  /** Notes that `key` has at least `count` failures and waits for `waitMs`, as somebody knows who has counted for longer. */
  learn(key: string, count: number, waitMs: number): void {
    if (this.#limit === 0) return;
    const now = this.#now();
    const known = this.#failures.get(key);
    this.#failures.set(key, {
      count: Math.min(this.#most, Math.max(count, known ? this.#decayed(known, now) : 0)),
      nextMs: Math.max(known?.nextMs ?? 0, now + Math.min(waitMs, LONGEST_WAIT_MS)),
    });
  }

  /** How many of them still count at `now`; a part of the last one, too. */
  #decayed({ count, nextMs }: Failures, now: number): number {
    return Math.max(0, count - Math.max(0, now - nextMs) / LONGEST_WAIT_MS);
  }
}
