/**
 * Quotas per key as a leaky bucket (GCRA): steady refill, bursts up to the whole quota, one number of
 * state per key, at most 100,000 keys. Header fields per draft-ietf-httpapi-ratelimit-headers.
 */
import { LRUCache } from "lru-cache";

/** How many requests one key may make per window; a limit of 0 means no limit. */
export interface Quota {
  readonly limit: number;
  readonly windowSeconds: number;
}

const MAX_KEYS = 100_000;

/** What one request left of a key's quota. */
export interface Take {
  readonly allowed: boolean;
  /** Requests that the quota has left: after this one, or, where it was refused, without it. */
  readonly remaining: number;
  /** Seconds until the next request is allowed (refused), or until the quota is whole (allowed). */
  readonly seconds: number;
}

/** For a person: that there was too much of something, and when to try again. */
export function tooOften(seconds: number): string {
  return `Too many requests in a short time: this one was not taken, try again ${
    whenInWords(seconds)
  }`;
}

/** `seconds` from now in words: minutes where they are many. */
export function whenInWords(seconds: number): string {
  const [count, unit] = seconds < 120 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return `in ${count} ${unit}${count === 1 ? "" : "s"}`;
}

export interface RateLimiterOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  /** Told of requests that were taken out of a quota here. */
  readonly onTake?: (key: string, count: number) => void;
}

/** Counts the requests of many keys against one quota. */
export class RateLimiter {
  /** Value of the `RateLimit-Policy` field. */
  readonly policy: string;
  readonly name: string;
  readonly #onTake: ((key: string, count: number) => void) | undefined;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #stepMs: number;
  readonly #now: () => number;
  /** Per key the time at which its bucket is empty again, in milliseconds. */
  readonly #emptyAt = new LRUCache<string, number>({ max: MAX_KEYS });

  constructor(name: string, quota: Quota, options: RateLimiterOptions = {}) {
    this.name = name;
    this.#onTake = options.onTake;
    this.#limit = quota.limit;
    this.#windowMs = quota.windowSeconds * 1000;
    this.#stepMs = this.#windowMs / Math.max(1, quota.limit);
    this.#now = options.now ?? (() => performance.now());
    this.policy = `"${name}";q=${quota.limit};w=${quota.windowSeconds}`;
  }

  /** Whether there is a limit at all. */
  get enabled(): boolean {
    return this.#limit > 0;
  }

  /** Whether `count` requests are ever allowed at once. */
  fits(count: number): boolean {
    return !this.enabled || count <= this.#limit;
  }

  /** Takes one request, or `count` at once, out of the quota of `key`; a refusal takes nothing. */
  take(key: string, count = 1): Take {
    return this.#weigh(key, count, true);
  }

  /** What {@link take} would say, without taking. */
  peek(key: string, count = 1): Take {
    return this.#weigh(key, count, false);
  }

  /** Counts `count` requests of `key` that were taken out of its quota elsewhere, allowed or not. */
  note(key: string, count: number): void {
    if (!this.enabled) return;
    const now = this.#now();
    this.#emptyAt.set(key, Math.max(this.#emptyAt.get(key) ?? now, now) + count * this.#stepMs);
  }

  /** The keys of whose quota at least `least` requests are used up now, and how many are; parts of one count. */
  *used(least: number): Generator<readonly [key: string, count: number]> {
    const now = this.#now();
    for (const [key, emptyAt] of this.#emptyAt.entries()) {
      const count = (emptyAt - now) / this.#stepMs;
      if (count >= least) yield [key, count];
    }
  }

  /** Notes that at least `count` requests of `key` are used up now, as somebody knows who has counted for longer. */
  learn(key: string, count: number): void {
    if (!this.enabled) return;
    const emptyAt = this.#now() + count * this.#stepMs;
    this.#emptyAt.set(key, Math.max(this.#emptyAt.get(key) ?? emptyAt, emptyAt));
  }

  #weigh(key: string, count: number, commit: boolean): Take {
    if (!this.enabled) return { allowed: true, remaining: 0, seconds: 0 };
    const now = this.#now();
    const next = Math.max(this.#emptyAt.get(key) ?? now, now) + count * this.#stepMs;
    const spareMs = now + this.#windowMs - next;
    // Half a step of tolerance: the sum of many steps is not exact.
    if (spareMs < -this.#stepMs / 2) {
      return {
        allowed: false,
        remaining: this.#fit(spareMs + count * this.#stepMs),
        seconds: Math.ceil(-spareMs / 1000),
      };
    }
    if (commit) {
      this.#emptyAt.set(key, next);
      this.#onTake?.(key, count);
    }
    return {
      allowed: true,
      remaining: this.#fit(spareMs),
      seconds: Math.ceil((next - now) / 1000),
    };
  }

  /** How many requests fit into `spareMs`, within the tolerance. */
  #fit(spareMs: number): number {
    return Math.max(0, Math.floor(spareMs / this.#stepMs + 0.5));
  }

  /** Value of the `RateLimit` field after `take`. */
  state(take: Take): string {
    return `"${this.name}";r=${take.remaining};t=${take.seconds}`;
  }
}
