/**
 * What one stream is given: its reader's end, its limits, whose it is, and what it shares with the others; and what it
 * tells of itself.
 */
import type { CloseReason } from "./close_reason.ts";
import type { GroupFeed } from "./feed.ts";
import type { FlushQueue } from "./flush_queue.ts";
import type { ResetReason } from "./frame.ts";
import type { ResumeLimits, Start } from "./resume.ts";
import type { Wheel } from "./wheel.ts";
import type { Wire } from "./wire.ts";

/** The reader's end of a stream. */
export interface Outlet {
  /** How bytes are made of what the reader is told. */
  readonly wire: Wire;
  /** Takes bytes; false when the reader should be given time until it has `drained`. */
  write(chunk: Uint8Array): boolean;
  /** Ends the stream after what was written; `reason` is for protocols that have a word for it. */
  end(reason?: CloseReason): void;
  /** Drops the stream with what was not yet written. */
  destroy(): void;
  /** Bytes taken and not yet given to the operating system. */
  readonly queuedBytes: number;
}

export interface ConnectionLimits extends ResumeLimits {
  /** A live reader that takes nothing for so long is cut. */
  readonly stallMs: number;
  /** One that is behind by more bytes is cut after a fifth of that time. */
  readonly maxBehindBytes: number;
  /** Heartbeats come after this long at least and a quarter longer at most, give or take a tick. */
  readonly heartbeatMs: number;
  /** How long a stream that ends may take to send what was written. */
  readonly lingerMs: number;
  /** Shortest wait that readers are told to keep before they reconnect; three times it at most. */
  readonly retryMs: number;
}

/** What connections share. */
export interface ConnectionContext {
  readonly wheel: Wheel;
  readonly flushQueue: FlushQueue;
  readonly limits: ConnectionLimits;
  readonly epoch: { readonly current: string };
  now(): number;
  random(): number;
  /** Gives back a feed that the connection was started with. */
  release(feed: GroupFeed): void;
  report(what: ConnectionReport): void;
}

export type ConnectionReport =
  | { readonly kind: "sent"; readonly events: number }
  | { readonly kind: "resumed"; readonly commits: number }
  | { readonly kind: "reset"; readonly reason: ResetReason }
  | {
    readonly kind: "closed";
    readonly connection: OpenStream;
    /** `gone`: the reader went away. */
    readonly reason: CloseReason | "gone";
  };

/** A group to follow and where from. */
export interface AttachedGroup {
  readonly feed: GroupFeed;
  readonly start: Start;
}

/** Whose stream it is and how long it may last. */
export interface ConnectionOwner {
  readonly userId: string;
  readonly sessionId: string;
  /** What its client's address is counted under. */
  readonly address: string;
  /** When the stream ends by itself, in milliseconds since the Unix epoch, and why. */
  readonly endsAtMs: number;
  readonly endReason: Extract<CloseReason, "rotated" | "token-expired">;
}

/** What of an open stream counts for others. */
export interface OpenStream {
  readonly owner: Pick<ConnectionOwner, "userId" | "sessionId" | "address">;
  /** Bytes that wait in this process for the reader. */
  readonly queuedBytes: number;
  /** Ends the stream. */
  close(reason: CloseReason): void;
}
