/**
 * Which groups a streamer follows, and for how many watchers; feeds that nobody watches are kept for a while,
 * as many as the real settings say, the longest idle going first.
 */

/** Whether a group is followed: not at all, about to be, or completely. */
export type Following = "not" | "opening" | "open";

export interface FollowsLimits {
  readonly idleFeedMs: number;
  readonly maxIdleFeeds: number;
}

export class Follows {
  readonly #limits: FollowsLimits;
  /** Watchers of each group that is followed; a negative number less one while that is about to be. */
  readonly #users = new Map<number, number>();
  /** Groups that nobody watches, and since when. */
  readonly #idle = new Map<number, number>();

  constructor(limits: FollowsLimits) {
    this.#limits = limits;
  }

  /** Counts one more watcher, and says how far following had got; "not": the caller has to begin. */
  acquire(group: number): Following {
    const users = this.#users.get(group);
    this.#idle.delete(group);
    if (users === undefined) this.#users.set(group, -2);
    else this.#users.set(group, users < 0 ? users - 1 : users + 1);
    return users === undefined ? "not" : users < 0 ? "opening" : "open";
  }

  /** The group is followed completely; false when that is no longer wanted. */
  opened(group: number): boolean {
    const users = this.#users.get(group);
    if (users === undefined || users >= 0) return false;
    this.#users.set(group, -users - 1);
    return true;
  }

  /** A watcher has gone. */
  release(group: number, nowMs: number): void {
    const left = this.watchers(group) - 1;
    if (left < 0) throw new RangeError(`Nobody watches group ${group}`);
    this.#users.set(group, (this.#users.get(group) ?? 0) < 0 ? -left - 1 : left);
    if (left > 0) return;
    this.#idle.set(group, nowMs);
    for (const oldest of this.#idle.keys()) {
      if (this.#idle.size <= this.#limits.maxIdleFeeds) break;
      this.#drop(oldest);
    }
  }

  /** Lets go of what has been idle for too long. */
  expire(nowMs: number): void {
    for (const [group, sinceMs] of this.#idle) {
      if (sinceMs + this.#limits.idleFeedMs > nowMs) break;
      this.#drop(group);
    }
  }

  /** Watchers of `group`. */
  watchers(group: number): number {
    const users = this.#users.get(group) ?? 0;
    return users < 0 ? -users - 1 : users;
  }

  #drop(group: number): void {
    this.#idle.delete(group);
    this.#users.delete(group);
  }
}
