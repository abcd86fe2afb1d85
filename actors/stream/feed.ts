/**
 * One group as this process follows it: attached to the feed, begun at its newest snapshot, repaired from the
 * log, folded for membership and snapshots, kept in a ring, and handed to its listeners commit by commit, each
 * once and in order. Knows nothing of connections; the log and time are given.
 */
import {
  emptyCommit,
  type FeedCommit,
  type RawCommit,
  type ReadCommit,
  readCommit,
} from "./commit.ts";
import type { ResetReason, RevokeReason } from "./frame.ts";
import type { GroupLog, LogPage, PageLimits } from "./group_log.ts";
import { GroupView } from "./group_view.ts";
import { classify } from "./resume.ts";
import { Ring, type RingLimits } from "./ring.ts";
import { PAGE, type SnapshotUse, startingPoint } from "./starting_point.ts";

/** Somebody who follows the group. Calls come in the order of the log. */
export interface Listener {
  readonly userId: string;
  /** A commit that follows all earlier ones. */
  commit(commit: FeedCommit): void;
  /** What was known is void: a snapshot must be sent when {@link ready} is called. */
  reset(reason: ResetReason): void;
  ready(): void;
  /** The user may not read the group from here on; the listener has been removed. */
  revoke(reason: RevokeReason): void;
}

/** What feeds share. */
export interface FeedContext {
  readonly log: GroupLog;
  /** The log's incarnation; changes when the log was made anew. */
  readonly epoch: { current: string };
  readonly ring: RingLimits;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
  /** Told of things that operators want to know. */
  report(what: FeedReport): void;
}

export type FeedReport =
  /** A group is about to be followed: from its snapshot when that was found, else from its first commit. */
  | {
    readonly kind: "followed";
    readonly groupId: string;
    readonly snapshot: SnapshotUse;
    readonly error?: unknown;
  }
  | { readonly kind: "delivered"; readonly groupId: string; readonly delayMs: number }
  | { readonly kind: "gap" | "jump" | "restart" | "lagging-log"; readonly groupId: string }
  | {
    readonly kind: "poison";
    readonly groupId: string;
    readonly sequence: number;
    readonly cause: unknown;
  }
  | { readonly kind: "read-failed"; readonly groupId: string; readonly error: unknown };

/** Messages held back while the log is read; what is dropped beyond is read from the log as well. */
const MAX_HELD = 1_000;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

export class GroupFeed {
  readonly groupId: string;
  readonly #context: FeedContext;
  readonly #listeners = new Set<Listener>();
  #view: GroupView;
  #ring: Ring;
  /** What arrived while the log was read. */
  #held: RawCommit[] = [];
  /** Pages being read for readers, by where they start. */
  readonly #pages = new Map<number, Promise<LogPage | undefined>>();
  #catchingUp: Promise<void> | undefined;
  #askedAgain = false;
  /** Place in the log that is known to exist. */
  #floor = 0;
  #ready = false;
  #closed = false;
  #detach: (() => void) | undefined;

  private constructor(groupId: string, context: FeedContext) {
    this.groupId = groupId;
    this.#context = context;
    this.#view = new GroupView(groupId);
    this.#ring = new Ring(this.#view.head, context.ring);
  }

  /**
   * Starts following a group: attaches to its feed, then reads its snapshot and the log after it.
   *
   * @returns `undefined` when the group has never existed
   * @throws {Error} when the log cannot be read
   */
  static async open(groupId: string, context: FeedContext): Promise<GroupFeed | undefined> {
    const feed = new GroupFeed(groupId, context);
    const gate = Promise.withResolvers<void>();
    feed.#catchingUp = gate.promise;
    try {
      feed.#detach = await context.log.follow(groupId, (message) => feed.#arrive(message));
      const { view, newest, page, ...found } = await startingPoint(groupId, context.log);
      feed.#catchingUp = undefined;
      if (newest === 0) {
        feed.close();
        return undefined;
      }
      context.report({ kind: "followed", groupId, ...found });
      feed.#view = view;
      feed.#ring = new Ring(view.head, context.ring);
      feed.#floor = newest;
      await feed.catchUp({ attempts: 3, ...(page && { page }) });
      feed.#ready = true;
      return feed;
    } catch (error) {
      feed.close();
      throw error;
    } finally {
      gate.resolve();
    }
  }

  /** What is known of the group; only while {@link isReady}. */
  get view(): GroupView {
    return this.#view;
  }

  get ring(): Ring {
    return this.#ring;
  }

  /** Whether the view is whole: not while it is built again. */
  get isReady(): boolean {
    return this.#ready;
  }

  get epoch(): string {
    return this.#context.epoch.current;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  add(listener: Listener): void {
    this.#listeners.add(listener);
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Stops following. */
  close(): void {
    this.#closed = true;
    this.#detach?.();
    this.#held = [];
  }

  /**
   * Reads what the log has after the head: after a gap, after messages may have been lost, or to make
   * sure. Concurrent calls share the work.
   *
   * @param options.attempts how often to try before giving up; without it, until it works or is closed
   * @param options.page what follows the head, when it has been read already
   * @throws {Error} the last failure, when attempts are limited
   */
  catchUp(
    { attempts = Infinity, page }: { readonly attempts?: number; readonly page?: LogPage } = {},
  ): Promise<void> {
    if (this.#catchingUp) {
      this.#askedAgain = true;
      return this.#catchingUp;
    }
    if (this.#closed) return Promise.resolve();
    return this.#catchingUp = this.#readToHead(attempts, page);
  }

  /**
   * Compares with the log's leader after an outage, catches up, and starts over when the log is no
   * longer the one that was followed.
   */
  async verify(): Promise<void> {
    const view = this.#view;
    const before = view.head.sequence;
    const newest = await this.#retry(Infinity, () => this.#context.log.newest(this.groupId));
    if (newest === undefined || this.#view !== view) return;
    if (newest < before) return await this.restart();
    // What the feed told before the outage may be lost; the leader's word counts.
    this.#held = [];
    this.#floor = newest;
    await this.catchUp();
  }

  /** Builds the view again from the log; every listener is reset and then gets a snapshot. */
  async restart(): Promise<void> {
    this.#context.report({ kind: "restart", groupId: this.groupId });
    const view = new GroupView(this.groupId);
    this.#ready = false;
    this.#view = view;
    this.#ring = new Ring(view.head, this.#context.ring);
    this.#held = [];
    this.#floor = 0;
    for (const listener of this.#listeners) listener.reset("log-changed");
    await this.catchUp();
    // A later restart finishes instead of this one.
    if (this.#closed || this.#view !== view) return;
    this.#ready = true;
    this.#revokeStrangers();
    for (const listener of this.#listeners) listener.ready();
  }

  /**
   * Reads a page of the log for a reader whom the ring cannot serve; tries until it works. Readers that
   * ask for the same page at the same time share it.
   *
   * @returns `undefined` when the feed was closed meanwhile
   */
  readPage(from: number, limits: PageLimits): Promise<LogPage | undefined> {
    const underway = this.#pages.get(from);
    if (underway) return underway;
    const page = this.#retry(Infinity, () => this.#context.log.read(this.groupId, from, limits))
      .finally(() => this.#pages.delete(from));
    this.#pages.set(from, page);
    return page;
  }

  #arrive(message: RawCommit): void {
    if (this.#closed) return;
    if (this.#catchingUp) {
      if (this.#held.length < MAX_HELD) this.#held.push(message);
      else this.#askedAgain = true;
      return;
    }
    switch (classify(message, this.#view.head)) {
      case "next":
        this.#take(message);
        return;
      case "seen":
        return;
      case "gap":
        this.#context.report({ kind: "gap", groupId: this.groupId });
        this.#floor = Math.max(this.#floor, message.previousSequence);
        this.#held.push(message);
        void this.catchUp();
        return;
      case "foreign":
        void this.restart();
        return;
    }
  }

  async #readToHead(attempts: number, first?: LogPage): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let read = first;
    try {
      while (!this.#closed) {
        const view = this.#view;
        // Always a turn later: whoever asks for it notes first that it is under way.
        const page = await (read ?? this.#readNext(attempts));
        read = undefined;
        if (!page || this.#closed) return;
        if (this.#view !== view) continue;
        for (const message of page.messages) {
          this.#take({ ...message, previousSequence: view.head.sequence });
        }
        if (!page.complete) continue;
        if (view.head.sequence < this.#floor) {
          // A replica that lags behind what the feed or the leader told us.
          this.#context.report({ kind: "lagging-log", groupId: this.groupId });
          await this.#context.sleep(retryMs);
          retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
          continue;
        }
        if (this.#takeHeld() && !this.#askedAgain) return;
      }
    } finally {
      // In the turn in which nothing was left to take: what arrives next is not held back for nobody.
      this.#catchingUp = undefined;
    }
  }

  /** The page of the log after the head; what is asked for from now on needs another one. */
  #readNext(attempts: number): Promise<LogPage | undefined> {
    this.#askedAgain = false;
    const from = this.#view.head.sequence + 1;
    return this.#retry(attempts, () => this.#context.log.read(this.groupId, from, PAGE));
  }

  /** Takes what arrived meanwhile; false when the log must be read again. */
  #takeHeld(): boolean {
    const held = this.#held;
    this.#held = [];
    for (const [index, message] of held.entries()) {
      switch (classify(message, this.#view.head)) {
        case "next":
          this.#take(message);
          break;
        case "seen":
          break;
        case "gap":
          this.#floor = Math.max(this.#floor, message.previousSequence);
          this.#held = held.slice(index);
          return false;
        case "foreign":
          void this.restart();
          return false;
      }
    }
    return true;
  }

  #take(message: RawCommit): void {
    const { commit, verdict, mayHaveLost } = this.#fold(message);
    if (verdict === "jump" && this.#ready) return this.#startOver();
    this.#ring.push(commit);
    if (!this.#ready) return;
    if (mayHaveLost) this.#revokeStrangers();
    for (const listener of this.#listeners) listener.commit(commit);
    if (this.#listeners.size === 0 || verdict === "unreadable") return;
    const delayMs = this.#context.now() - commit.timeMs;
    this.#context.report({ kind: "delivered", groupId: this.groupId, delayMs });
  }

  /** Reads a message and takes it into the view; one that cannot be used is passed over. */
  #fold(message: RawCommit): Omit<ReadCommit, "events"> & { readonly mayHaveLost: boolean } {
    const { groupId } = this;
    const previous = this.#view.head;
    const { events, ...read } = readCommit(message, { groupId, epoch: this.epoch, previous });
    let cause: unknown;
    if (read.verdict !== "unreadable") {
      try {
        return { ...read, mayHaveLost: this.#view.apply(events, read.commit) };
      } catch (error) {
        // One bad message must not stop the group's readers; the operator is told.
        cause = error;
      }
    }
    this.#context.report({ kind: "poison", groupId, sequence: message.sequence, cause });
    this.#view.skip(message.sequence);
    const commit = emptyCommit(message, previous.version);
    return { commit, verdict: "unreadable", mayHaveLost: false };
  }

  /** Versions are missing in the log itself: readers go on from a snapshot. */
  #startOver(): void {
    this.#context.report({ kind: "jump", groupId: this.groupId });
    this.#ring = new Ring(this.#view.head, this.#context.ring);
    this.#revokeStrangers();
    for (const listener of this.#listeners) listener.reset("log-changed");
    for (const listener of this.#listeners) listener.ready();
  }

  #revokeStrangers(): void {
    for (const listener of this.#listeners) {
      const reason = this.#view.refusal(listener.userId);
      if (!reason) continue;
      this.#listeners.delete(listener);
      listener.revoke(reason);
    }
  }

  /** Runs `action` until it works, `attempts` are used up, or the feed is closed (`undefined`). */
  async #retry<T>(attempts: number, action: () => Promise<T>): Promise<T | undefined> {
    let waitMs = FIRST_RETRY_MS;
    for (let attempt = 1; !this.#closed; attempt++) {
      try {
        return await action();
      } catch (error) {
        this.#context.report({ kind: "read-failed", groupId: this.groupId, error });
        if (attempt >= attempts) throw error;
      }
      await this.#context.sleep(waitMs * (0.5 + this.#context.random()));
      waitMs = Math.min(waitMs * 2, MAX_RETRY_MS);
    }
    return undefined;
  }
}
