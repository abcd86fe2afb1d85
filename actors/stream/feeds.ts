/**
 * The feeds of this process, by group: opened once for many listeners, kept for a while after the last
 * one left, audited against the log now and then, and bounded.
 */
import { logger } from "../platform/mod.ts";
import { type FeedContext, GroupFeed } from "./feed.ts";
import type { Timed, Wheel } from "./wheel.ts";

export interface FeedsOptions {
  /** How long a feed without listeners is kept. */
  readonly idleMs: number;
  /** How many feeds without listeners are kept. */
  readonly maxIdle: number;
  /** How often a feed is compared with the log, about. */
  readonly auditMs: number;
}

const FIRST_AUDIT_MS = 1_000;
/** Feeds compared with the log at once. */
const AT_ONCE = 64;

export class Feeds implements Timed {
  readonly #context: FeedContext;
  readonly #wheel: Wheel;
  readonly #options: FeedsOptions;
  readonly #log = logger("stream");
  readonly #entries = new Map<string, Entry>();
  /** Entries without users, the one that is idle longest first. */
  readonly #idle = new Set<Entry>();
  #nextAuditMs: number;
  #closed = false;

  constructor(context: FeedContext, wheel: Wheel, options: FeedsOptions) {
    this.#context = context;
    this.#wheel = wheel;
    this.#options = options;
    this.#nextAuditMs = context.now() + options.auditMs;
    wheel.schedule(this, this.#nextAuditMs);
  }

  /** How many groups are followed. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * The feed of a group, to be given back with {@link release}.
   *
   * @returns `undefined` when the group has never existed; then there is nothing to give back
   * @throws {Error} when the log cannot be read
   */
  async acquire(groupId: string): Promise<GroupFeed | undefined> {
    let entry = this.#entries.get(groupId);
    if (!entry) {
      entry = new Entry(
        groupId,
        (opened) => this.#open(opened),
        (checked, nowMs) => this.#check(checked, nowMs),
      );
      this.#entries.set(groupId, entry);
    }
    entry.users++;
    this.#idle.delete(entry);
    try {
      const feed = await entry.opening;
      if (!feed) this.#drop(entry);
      return feed;
    } catch (error) {
      this.#drop(entry);
      throw error;
    }
  }

  /** Gives back a feed that {@link acquire} returned. */
  release(feed: GroupFeed): void {
    const entry = this.#entries.get(feed.groupId);
    if (!entry || --entry.users > 0) return;
    entry.idleSince = this.#context.now();
    this.#idle.add(entry);
    this.#wheel.schedule(entry, entry.idleSince + this.#options.idleMs);
    for (const oldest of this.#idle) {
      if (this.#idle.size <= this.#options.maxIdle) break;
      this.#drop(oldest);
    }
  }

  /**
   * After an outage: compares every feed with the log's leader; starts over in a log made anew. Tries
   * until the log answers.
   */
  async verifyAll(): Promise<void> {
    const changed = await this.#checkEpoch();
    await this.#forEach((feed) => changed ? feed.restart() : feed.verify());
  }

  /** Stops following everything. */
  close(): void {
    this.#closed = true;
    this.#wheel.cancel(this);
    for (const entry of [...this.#entries.values()]) this.#drop(entry);
  }

  due(nowMs: number): number {
    if (nowMs >= this.#nextAuditMs) {
      void this.#audit();
      this.#nextAuditMs = nowMs + this.#options.auditMs;
    }
    return this.#nextAuditMs;
  }

  async #audit(): Promise<void> {
    if (await this.#checkEpoch()) await this.#forEach((feed) => feed.restart());
  }

  /** Runs `action` on every feed, also on those that are being opened, some at a time. */
  async #forEach(action: (feed: GroupFeed) => Promise<void>): Promise<void> {
    const entries = [...this.#entries.values()].values();
    const worker = async () => {
      for (const entry of entries) {
        const feed = await entry.opening.catch((error: unknown) => {
          // Whoever opens it hears of the failure and lets go of it.
          this.#log.debug("Passing over {groupId}, which cannot be opened: {error}", {
            groupId: entry.groupId,
            error,
          });
        });
        if (feed) await action(feed);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** Whether the log is another one than before; from then on cursors name the new one. */
  async #checkEpoch(): Promise<boolean> {
    const { epoch: known, log, report, sleep } = this.#context;
    for (let attempt = 1; !this.#closed; attempt++) {
      try {
        const epoch = await log.epoch();
        const changed = epoch !== known.current;
        known.current = epoch;
        return changed;
      } catch (error) {
        report({ kind: "read-failed", groupId: "", error });
        await sleep(Math.min(2_000, 100 * 2 ** attempt));
      }
    }
    return false;
  }

  async #open(entry: Entry): Promise<GroupFeed | undefined> {
    const feed = await GroupFeed.open(entry.groupId, this.#context);
    if (!feed) return undefined;
    if (this.#entries.get(entry.groupId) !== entry) {
      // Let go before it was open.
      feed.close();
      return undefined;
    }
    entry.feed = feed;
    entry.nextAuditMs = this.#context.now() + FIRST_AUDIT_MS;
    this.#wheel.schedule(entry, entry.nextAuditMs);
    return feed;
  }

  #check(entry: Entry, nowMs: number): number | undefined {
    if (this.#entries.get(entry.groupId) !== entry) return undefined;
    const { idleMs, auditMs } = this.#options;
    const idleUntil = entry.users === 0 ? entry.idleSince + idleMs : Infinity;
    if (idleUntil <= nowMs) {
      this.#drop(entry);
      return undefined;
    }
    if (entry.nextAuditMs <= nowMs) {
      void entry.feed?.catchUp();
      entry.nextAuditMs = nowMs + auditMs * (0.75 + this.#context.random() / 2);
    }
    return Math.min(idleUntil, entry.nextAuditMs);
  }

  #drop(entry: Entry): void {
    if (this.#entries.get(entry.groupId) === entry) this.#entries.delete(entry.groupId);
    this.#idle.delete(entry);
    this.#wheel.cancel(entry);
    entry.feed?.close();
  }
}

/** A group that is followed or about to be. */
class Entry implements Timed {
  readonly groupId: string;
  readonly opening: Promise<GroupFeed | undefined>;
  readonly #check: (entry: Entry, nowMs: number) => number | undefined;
  feed: GroupFeed | undefined;
  users = 0;
  idleSince = 0;
  nextAuditMs = Infinity;

  constructor(
    groupId: string,
    open: (entry: Entry) => Promise<GroupFeed | undefined>,
    check: (entry: Entry, nowMs: number) => number | undefined,
  ) {
    this.groupId = groupId;
    this.#check = check;
    this.opening = open(this);
  }

  due(nowMs: number): number | undefined {
    return this.#check(this, nowMs);
  }
}
