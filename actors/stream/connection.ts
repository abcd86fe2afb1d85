/**
 * One stream: its subscriptions, what is written when, and why it ends. Holds no events for a reader
 * that is slow: it falls back to the ring, and is cut when that does not help. Knows nothing of HTTP or
 * of timers; the socket, the clock and the wheel are given.
 */
import { Buffer } from "node:buffer";
import { formatCursor, type Position } from "../protocol/mod.ts";
import type { CloseReason } from "./close_reason.ts";
import type {
  AttachedGroup,
  ConnectionContext,
  ConnectionOwner,
  OpenStream,
  Outlet,
} from "./connection_terms.ts";
import type { Flushable } from "./flush_queue.ts";
import { retryHintMs } from "./lifetime.ts";
import type { ResetReason, RevokeReason } from "./frame.ts";
import type { Seat, SeatGiver } from "./presence/mod.ts";
import {
  LARGE_FRAME_BYTES,
  type Piece,
  Subscription,
  type SubscriptionHost,
} from "./subscription.ts";
import type { Timed } from "./wheel.ts";
import type { Wire } from "./wire.ts";

interface Bulk {
  readonly piece: Piece;
  readonly of: Subscription;
  offset: number;
}

export class Connection implements OpenStream, SubscriptionHost, Flushable, Timed {
  readonly owner: ConnectionOwner;
  flushedAtMs = 0;
  readonly #outlet: Outlet;
  readonly #context: ConnectionContext;
  readonly #subscriptions: Subscription[] = [];
  /**
   * What is collected for the next write. Mostly it is one frame: an array for each write would be kept alive
   * by its dead forerunner until the next full collection, and copied meanwhile.
   */
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #outBytes = 0;
  /** Events and snapshots among what is collected. */
  #events = 0;
  /** A frame that is sent in slices. */
  #bulk: Bulk | undefined;
  /** Frames that must wait for the end of the bulk. */
  #afterBulk: Buffer[] = [];
  #blockedSinceMs: number | undefined;
  #behindBytes = 0;
  #heartbeatAtMs: number;
  /** Whether the last heartbeat waits for its answer. */
  #isUnanswered = false;
  #state: "open" | "ending" | "closed" = "open";
  #destroyAtMs = Infinity;

  constructor(owner: ConnectionOwner, outlet: Outlet, context: ConnectionContext) {
    this.owner = owner;
    this.#outlet = outlet;
    this.#context = context;
    // The first heartbeat of streams opened together is spread over a whole period.
    this.#heartbeatAtMs = context.now() + context.limits.heartbeatMs * (0.5 + context.random() / 2);
  }

  get userId(): string {
    return this.owner.userId;
  }

  get wire(): Wire {
    return this.#outlet.wire;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isWritable(): boolean {
    return this.#state === "open" && this.#blockedSinceMs === undefined && !this.#bulk &&
      this.#outBytes <= LARGE_FRAME_BYTES;
  }

  /** Bytes that wait in this process for the reader. */
  get queuedBytes(): number {
    return this.#outlet.queuedBytes + this.#outBytes;
  }

  /** Begins the stream: every group is attached before anything of it is read. */
  start(groups: readonly AttachedGroup[]): void {
    const opening = this.wire.opening(this.#retryMs());
    if (opening.length > 0) this.#collect(opening);
    this.#context.wheel.schedule(this, this.#nextDueMs());
    this.join(groups);
  }

  /** Follows more groups from now on. */
  join(groups: readonly AttachedGroup[]): void {
    for (const { feed, start } of groups) {
      const subscription = new Subscription(feed, start, this, this.#context.limits);
      this.#subscriptions.push(subscription);
      feed.add(subscription);
    }
    this.wake();
  }

  /** Follows a group no longer; it may not be followed at all. */
  leave(groupId: string): void {
    const subscription = this.#subscriptions.find((each) => each.groupId === groupId);
    if (!subscription) return;
    this.#drop(subscription);
    subscription.remove();
  }

  /** The groups that are followed. */
  get groupIds(): string[] {
    return this.#subscriptions.map(({ groupId }) => groupId);
  }

  /**
   * Takes part in the presence of a group.
   *
   * @returns `undefined` when the stream does not follow the group
   */
  sit(groupId: string, presence: SeatGiver): Seat | undefined {
    return this.#subscriptions.find((each) => each.groupId === groupId)?.sit(presence);
  }

  /** Says something that is nobody else's; a reader that leaves too much unread is cut. */
  say(frame: Buffer): void {
    if (this.#state !== "open") return;
    if (this.#bulk) this.#afterBulk.push(frame);
    else this.#collect(frame);
    if (this.queuedBytes > this.#context.limits.maxBehindBytes) this.close("slow-reader");
  }

  /** The reader has answered a heartbeat, or said something else. */
  heard(): void {
    this.#isUnanswered = false;
  }

  /** The reader has taken what was written. */
  drained(): void {
    this.#blockedSinceMs = undefined;
    this.wake();
  }

  /** The reader went away, or everything has been sent after the end. */
  gone(): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    this.#context.wheel.cancel(this);
    if (wasOpen) this.#leave("gone");
  }

  /** Ends the stream; unless it was revoked, with a `bye` that tells why and where to resume. */
  close(reason: CloseReason): void {
    if (this.#state !== "open") return;
    // In the middle of a frame nothing else can be said; the reader resumes from its last id.
    const canSpeak = !this.#bulk || this.#bulk.offset === 0;
    if (canSpeak) {
      // What was collected goes out before the farewell, so it counts as written.
      this.#markWritten();
      if (reason !== "revoked") {
        const retryMs = this.#retryMs();
        this.#put(this.wire.bye({ reason, cursor: this.#cursor(), retryMs }));
      }
      const last = this.#takeCollected();
      if (last) this.#outlet.write(last);
    }
    this.#takeCollected();
    this.#bulk = undefined;
    this.#state = "ending";
    this.#outlet.end(reason);
    this.#destroyAtMs = this.#context.now() + this.#context.limits.lingerMs;
    this.#context.wheel.schedule(this, this.#destroyAtMs);
    this.#leave(reason);
  }

  due(nowMs: number): number | undefined {
    if (this.#state === "ending") {
      if (nowMs < this.#destroyAtMs) return this.#destroyAtMs;
      this.#outlet.destroy();
      return undefined;
    }
    if (this.#state === "closed") return undefined;
    const { stallMs, heartbeatMs } = this.#context.limits;
    if (this.#blockedSinceMs !== undefined && nowMs >= this.#blockedSinceMs + stallMs) {
      this.close("slow-reader");
    } else if (nowMs >= this.owner.endsAtMs) {
      this.close(this.owner.endReason);
    } else if (nowMs >= this.#heartbeatAtMs) {
      if (this.isWritable) {
        if (this.#isUnanswered) {
          this.#outlet.destroy();
          return undefined;
        }
        this.#isUnanswered = this.wire.isDuplex;
        this.#write(this.wire.heartbeat);
      }
      this.#heartbeatAtMs = nowMs + heartbeatMs * (1 + this.#context.random() / 4);
    }
    return this.#nextDueMs();
  }

  append(frame: Buffer): void {
    this.#events++;
    this.#collect(frame);
  }

  missed(sizeBytes: number): void {
    this.#behindBytes += sizeBytes;
    const { maxBehindBytes, stallMs } = this.#context.limits;
    if (this.#behindBytes <= maxBehindBytes || this.#blockedSinceMs === undefined) return;
    // One large commit puts every reader behind; only one that takes nothing is slow.
    const patienceMs = stallMs / 5;
    if (this.#context.now() - this.#blockedSinceMs >= patienceMs) this.close("slow-reader");
  }

  wake(): void {
    while (this.#state === "open" && this.#blockedSinceMs === undefined) {
      if (this.#bulk) this.#writeSlice(this.#bulk);
      else if (this.#outBytes > LARGE_FRAME_BYTES) this.flush();
      else if (!this.#appendNext()) break;
    }
    if (this.#behindBytes > 0 && this.#subscriptions.every((each) => each.isLive)) {
      this.#behindBytes = 0;
    }
  }

  flush(): void {
    if (this.#state !== "open") return;
    const chunk = this.#takeCollected();
    if (!chunk) return;
    this.#markWritten();
    this.#context.report({ kind: "sent", events: this.#events });
    this.#events = 0;
    this.#write(chunk);
  }

  revoked(subscription: Subscription, reason: RevokeReason): void {
    if (this.#state !== "open" || !this.#drop(subscription)) return;
    const frame = this.wire.revoked(subscription.groupId, reason);
    if (this.#bulk) this.#afterBulk.push(frame);
    else this.#collect(frame);
    if (!this.#bulk) this.#closeWithoutGroups();
  }

  resumed(commits: number): void {
    this.#context.report({ kind: "resumed", commits });
  }

  wasReset(reason: ResetReason): void {
    this.#context.report({ kind: "reset", reason });
  }

  vectorId(subscription: Subscription, position: Position): string | undefined {
    if (this.#subscriptions.length === 1) return undefined;
    return this.#vector((each) => each === subscription ? position : each.position);
  }

  #vector(positionOf: (subscription: Subscription) => Position | undefined): string {
    const positions = new Map<string, Position>();
    for (const each of this.#subscriptions) {
      const position = positionOf(each);
      if (position) positions.set(each.groupId, position);
    }
    return formatCursor({ epoch: this.#context.epoch.current, positions });
  }

  #cursor(): string {
    return this.#subscriptions.some((each) => each.written)
      ? this.#vector((each) => each.written)
      : "";
  }

  #retryMs(): number {
    return retryHintMs(this.#context.limits.retryMs, this.#context.random());
  }

  #nextDueMs(): number {
    if (this.#state === "ending") return this.#destroyAtMs;
    const stalledAtMs = this.#blockedSinceMs === undefined
      ? Infinity
      : this.#blockedSinceMs + this.#context.limits.stallMs;
    return Math.min(this.#heartbeatAtMs, this.owner.endsAtMs, stalledAtMs);
  }

  #collect(frame: Buffer): void {
    if (!this.#first) this.#context.flushQueue.add(this);
    this.#put(frame);
  }

  #put(frame: Buffer): void {
    this.#outBytes += frame.length;
    if (this.#first) (this.#rest ??= []).push(frame);
    else this.#first = frame;
  }

  /** What has been collected, as one write; `undefined` when there is nothing. */
  #takeCollected(): Buffer | undefined {
    const first = this.#first;
    const chunk = first && this.#rest ? Buffer.concat([first, ...this.#rest]) : first;
    this.#first = this.#rest = undefined;
    this.#outBytes = 0;
    return chunk;
  }

  /** Appends the next thing some group has to send; false when none has. */
  #appendNext(): boolean {
    for (const subscription of this.#subscriptions) {
      const piece = subscription.next();
      if (!piece) continue;
      if (piece.frame.length > LARGE_FRAME_BYTES) {
        this.flush();
        this.#bulk = { piece, of: subscription, offset: 0 };
      } else {
        if (piece.position) this.append(piece.frame);
        else this.#collect(piece.frame);
        subscription.sent(piece);
      }
      return true;
    }
    return false;
  }

  #writeSlice(bulk: Bulk): void {
    const { piece, of } = bulk;
    const slice = piece.frame.subarray(bulk.offset, bulk.offset + LARGE_FRAME_BYTES);
    bulk.offset += slice.length;
    this.#write(slice);
    if (bulk.offset < piece.frame.length) return;
    this.#bulk = undefined;
    of.sent(piece);
    this.#markWritten();
    this.#context.report({ kind: "sent", events: 1 });
    for (const frame of this.#afterBulk) this.#collect(frame);
    this.#afterBulk = [];
    this.#closeWithoutGroups();
  }

  #closeWithoutGroups(): void {
    if (this.#subscriptions.length === 0 && !this.wire.isDuplex) this.close("revoked");
  }

  /** Lets go of a subscription and its feed; false when it was let go of before. */
  #drop(subscription: Subscription): boolean {
    const place = this.#subscriptions.indexOf(subscription);
    if (place < 0) return false;
    this.#subscriptions.splice(place, 1);
    this.#context.release(subscription.feed);
    if (this.#bulk?.of === subscription && this.#bulk.offset === 0) this.#bulk = undefined;
    return true;
  }

  #write(chunk: Uint8Array): void {
    if (this.#outlet.write(chunk) || this.#blockedSinceMs !== undefined) return;
    this.#blockedSinceMs = this.#context.now();
    this.#context.wheel.schedule(this, this.#nextDueMs());
  }

  #markWritten(): void {
    for (const each of this.#subscriptions) each.written = each.position;
  }

  #leave(reason: CloseReason | "gone"): void {
    for (const each of this.#subscriptions.splice(0)) {
      each.remove();
      this.#context.release(each.feed);
    }
    this.#context.report({ kind: "closed", connection: this, reason });
  }
}
