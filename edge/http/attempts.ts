/**
 * Attempts at something that may fail, per key: one that is being checked takes the room of a failure until it is
 * known to be none, so that attempts at once are no way around. Several processes that tell each other what they
 * check count as one. Knows nothing of how they do.
 */
import { LRUCache } from "lru-cache";
import type { Quota } from "../../actors/platform/mod.ts";
import { FailureWait, type FailureWaitOptions } from "./failure_wait.ts";

const MAX_KEYS = 100_000;
/** How long what another process said of a key counts: it may have ended while it checked. */
const FORGET_AFTER_MS = 60_000;

export interface AttemptsOptions extends FailureWaitOptions {
  /** Told of a key of which the number of attempts that are being checked here has changed. */
  readonly onPending?: (key: string) => void;
  /** See {@link Attempts.announced}. */
  readonly announced?: () => Promise<void>;
}

/** An attempt that is being checked; disposed of when that is over. */
export interface Attempt extends Disposable {
  failed(): void;
}

interface Report {
  readonly count: number;
  readonly atMs: number;
}

/** The attempts of many keys: how many are being checked, and how many have failed. */
export class Attempts {
  readonly #failures: FailureWait;
  readonly #onPending: ((key: string) => void) | undefined;
  readonly #announced: (() => Promise<void>) | undefined;
  readonly #now: () => number;
  readonly #here = new Map<string, number>();
  /** By key and process. */
  readonly #elsewhere = new LRUCache<string, Map<string, Report>>({ max: MAX_KEYS });

  /** @param quota see {@link FailureWait} */
  constructor(name: string, quota: Quota, options: AttemptsOptions = {}) {
    this.#failures = new FailureWait(name, quota, options);
    this.#onPending = options.onPending;
    this.#announced = options.announced;
    this.#now = options.now ?? (() => performance.now());
  }

  get name(): string {
    return this.#failures.name;
  }

  /** Value of the `RateLimit-Policy` field. */
  get policy(): string {
    return this.#failures.policy;
  }

  /** Begins an attempt if there is room for it, as far as is known here. */
  begin(key: string): Attempt | undefined {
    return this.#pending(key) < this.#failures.room(key).attempts
      ? this.beginAnyway(key)
      : undefined;
  }

  beginAnyway(key: string): Attempt {
    this.#change(key, 1);
    return {
      failed: () => this.#failures.take(key),
      [Symbol.dispose]: () => this.#change(key, -1),
    };
  }

  /**
   * Resolves when the other processes know of the attempts that have begun here, and those that had begun there
   * are known here: of attempts everywhere at once, each that {@link fits} after this has room. Where too many
   * begin at the very same moment none of them may fit, rather than one too many.
   */
  async announced(): Promise<void> {
    await this.#announced?.();
  }

  /** Whether there is room for all attempts of `key` that are being checked. */
  fits(key: string): boolean {
    return this.#pending(key) <= this.#failures.room(key).attempts;
  }

  /** At least a second: attempts that are being checked take part of one. */
  secondsUntilRoom(key: string): number {
    return Math.max(1, this.#failures.room(key).seconds);
  }

  /** Counts `count` failures of `key` that happened elsewhere. */
  noteFailures(key: string, count: number): void {
    this.#failures.note(key, count);
  }

  /** See {@link FailureWait.known}. */
  knownFailures(): Iterable<readonly [key: string, count: number, waitMs: number]> {
    return this.#failures.known();
  }

  /** See {@link FailureWait.learn}. */
  learnFailures(key: string, count: number, waitMs: number): void {
    this.#failures.learn(key, count, waitMs);
  }

  /** How many attempts of `key` are being checked here. */
  pendingHere(key: string): number {
    return this.#here.get(key) ?? 0;
  }

  /** Notes how many attempts of `key` the process `from` is checking. */
  notePending(from: string, key: string, count: number): void {
    const reports = this.#elsewhere.get(key) ?? new Map<string, Report>();
    if (count > 0) reports.set(from, { count, atMs: this.#now() });
    else reports.delete(from);
    if (reports.size > 0) this.#elsewhere.set(key, reports);
    else this.#elsewhere.delete(key);
  }

  #pending(key: string): number {
    let sum = this.pendingHere(key);
    const oldest = this.#now() - FORGET_AFTER_MS;
    for (const { count, atMs } of this.#elsewhere.get(key)?.values() ?? []) {
      if (atMs >= oldest) sum += count;
    }
    return sum;
  }

  #change(key: string, by: number): void {
    const count = this.pendingHere(key) + by;
    if (count > 0) this.#here.set(key, count);
    else this.#here.delete(key);
    this.#onPending?.(key);
  }
}
