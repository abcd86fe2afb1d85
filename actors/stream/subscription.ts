/**
 * One group on one stream: how far its reader has got, and what it needs next. Turns the plan of
 * `resume.ts` into frames; when and whether they are written is the connection's business.
 */
import type { Buffer } from "node:buffer";
import type { Position } from "../protocol/mod.ts";
import { type FeedCommit, readCommit } from "./commit.ts";
import type { GroupFeed, Listener } from "./feed.ts";
import { positionId, type ResetReason, type RevokeReason } from "./frame.ts";
import type { LogMessage, LogPage } from "./group_log.ts";
import type { Seat, SeatGiver } from "./presence/mod.ts";
import { checkPage, nextStep, type ResumeLimits, type Start } from "./resume.ts";
import type { Wire } from "./wire.ts";

/** What a subscription tells its connection. */
export interface SubscriptionHost {
  readonly userId: string;
  readonly wire: Wire;
  /** Whether frames may be appended right now. */
  readonly isWritable: boolean;
  /** Appends a frame to what is written next. */
  append(frame: Buffer): void;
  /** A frame could not be appended: the reader is behind by so many bytes more. */
  missed(sizeBytes: number): void;
  /** There may be more to send. */
  wake(): void;
  /** Counts frames replayed to a reader that resumes, and resets. */
  resumed(commits: number): void;
  wasReset(reason: ResetReason): void;
  revoked(subscription: Subscription, reason: RevokeReason): void;
  /** The id of the stream when this group is at `position`; `undefined` when that is the only group. */
  vectorId(subscription: Subscription, position: Position): string | undefined;
}

/** Something to send, and what is true once it has been sent. */
export interface Piece {
  readonly frame: Buffer;
  readonly position: Position | undefined;
}

const LOG_PAGE_MESSAGES = 200;
/** Larger frames are not pushed into a live stream but sent in slices. */
export const LARGE_FRAME_BYTES = 64 * 1024;

export class Subscription implements Listener {
  readonly feed: GroupFeed;
  readonly #host: SubscriptionHost;
  readonly #limits: ResumeLimits;
  /** After the last frame appended; `undefined` before the first. */
  position: Position | undefined;
  /** After the last frame handed to the socket. */
  written: Position | undefined;
  #verified = false;
  #needsSnapshot: boolean;
  /** Told to the reader before the snapshot. */
  #resetReason: ResetReason | undefined;
  #live = false;
  /** Whether the reader has been live: from then on falling behind is its own slowness. */
  #wasLive = false;
  #reading = false;
  #page: FeedCommit[] = [];
  #removed = false;
  #seat: Seat | undefined;

  constructor(feed: GroupFeed, start: Start, host: SubscriptionHost, limits: ResumeLimits) {
    this.feed = feed;
    this.#host = host;
    this.#limits = limits;
    this.#needsSnapshot = start.kind !== "resume";
    if (start.kind === "resume") this.position = this.written = start.position;
    if (start.kind === "reset") this.#resetReason = start.reason;
  }

  get userId(): string {
    return this.#host.userId;
  }

  get groupId(): string {
    return this.feed.groupId;
  }

  /** Whether everything known has been appended. */
  get isLive(): boolean {
    return this.#live;
  }

  commit(commit: FeedCommit): void {
    if (!this.#live) {
      if (this.#wasLive) this.#host.missed(commit.frame.length);
      return;
    }
    const fits = this.#host.isWritable && commit.frame.length <= LARGE_FRAME_BYTES;
    if (fits && this.position?.sequence === commit.previousSequence) {
      if (commit.frame.length > 0) this.#host.append(this.#frameOf(commit));
      this.position = commit;
      return;
    }
    this.#live = false;
    this.#host.missed(commit.frame.length);
    this.#host.wake();
  }

  reset(reason: ResetReason): void {
    this.#live = false;
    this.#needsSnapshot = true;
    this.#resetReason = reason;
    this.#page = [];
    this.position = this.written = undefined;
  }

  ready(): void {
    this.#host.wake();
  }

  /** Takes part in the presence of the group, until the end of the subscription. */
  sit(presence: SeatGiver): Seat {
    return this.#seat ??= presence.seat(this.feed, this.userId, {
      changed: () => this.#host.wake(),
      isSilent: !this.#host.wire.isDuplex,
    });
  }

  revoke(reason: RevokeReason): void {
    this.#stop();
    this.#host.revoked(this, reason);
  }

  /** Stops listening. */
  remove(): void {
    this.#stop();
    this.feed.remove(this);
  }

  #stop(): void {
    this.#removed = true;
    this.#page = [];
    this.#seat?.leave();
    this.#seat = undefined;
  }

  /**
   * The next thing to send; {@link sent} must be called once it has been. `undefined` when there is
   * nothing, or it has to be fetched first.
   */
  next(): Piece | undefined {
    if (this.#removed || this.#reading || !this.feed.isReady) return undefined;
    while (!this.#live) {
      if (this.#needsSnapshot) return this.#startOver();
      const commit = this.#page.shift();
      if (!commit) {
        if (!this.#plan()) return undefined;
      } else if (commit.frame.length > 0) {
        return { frame: this.#frameOf(commit), position: commit };
      } else {
        this.position = commit;
      }
    }
    const presence = this.#seat?.next(this.#host.wire);
    return presence && { frame: presence, position: undefined };
  }

  /** Notes that `piece` has been appended or written. */
  sent(piece: Piece): void {
    if (piece.position && !this.#needsSnapshot) this.position = piece.position;
  }

  #startOver(): Piece {
    const reason = this.#resetReason;
    if (reason) {
      this.#resetReason = undefined;
      this.#host.wasReset(reason);
      return { frame: this.#host.wire.reset(this.groupId, reason), position: undefined };
    }
    this.#needsSnapshot = false;
    this.#verified = true;
    const { view, epoch } = this.feed;
    const id = this.#host.vectorId(this, view.head) ?? positionId(epoch, this.groupId, view.head);
    return { frame: this.#host.wire.snapshot(id, view.snapshotTail()), position: view.head };
  }

  /** Decides what comes next; false when it has to be fetched. */
  #plan(): boolean {
    const { feed, position } = this;
    if (!position) {
      this.#needsSnapshot = true;
      return true;
    }
    const step = nextStep({ position, verified: this.#verified }, {
      head: feed.view.head,
      ring: feed.ring,
      memberSince: feed.view.memberSince(this.userId),
    }, this.#limits);
    switch (step.kind) {
      case "current":
        this.#live = this.#wasLive = this.#verified = true;
        return true;
      case "replay":
        this.#verified = true;
        this.#page = [...step.commits];
        if (!this.#wasLive) this.#host.resumed(step.commits.length);
        return true;
      case "read-log":
        this.#reading = true;
        void this.#readLog(step.from, position);
        return false;
      case "reset":
        this.reset(step.reason);
        return true;
      default:
        return step satisfies never;
    }
  }

  async #readLog(from: number, position: Position): Promise<void> {
    const limits = { maxMessages: LOG_PAGE_MESSAGES, maxBytes: this.#limits.pageBytes };
    const page = await this.feed.readPage(from, limits);
    this.#reading = false;
    if (this.#removed || !page) return;
    if (!this.#needsSnapshot) this.#takePage(page, position);
    this.#host.wake();
  }

  #takePage(page: LogPage, position: Position): void {
    const { epoch, groupId } = this.feed;
    const read = (message: LogMessage, previous: Position) =>
      readCommit(
        { ...message, previousSequence: previous.sequence },
        { groupId, epoch, previous },
      );
    const rest = checkPage(
      { position, verified: this.#verified },
      page.messages,
      (message) => read(message, { version: 0, sequence: 0 }).commit.version,
    );
    if (rest === "unknown-position") return this.reset("unknown-position");
    this.#verified = true;
    let previous = position;
    for (const message of rest) {
      const { commit, verdict } = read(message, previous);
      if (verdict === "jump") return this.reset("log-changed");
      this.#page.push(commit);
      previous = commit;
    }
    this.#host.resumed(rest.length);
  }

  #frameOf(commit: FeedCommit): Buffer {
    return this.#host.wire.commit(commit, this.#host.vectorId(this, commit));
  }
}
