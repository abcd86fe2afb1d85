/**
 * What a stream's bytes look like on its protocol. The connection decides what is said and when; a wire
 * only encodes it, so that server-sent events and WebSockets share everything else.
 */
import type { Buffer } from "node:buffer";
import type { FeedCommit } from "./commit.ts";
import {
  byeFrame,
  type Farewell,
  HEARTBEAT,
  presenceFrame,
  resetFrame,
  type ResetReason,
  retryFrame,
  revokedFrame,
  type RevokeReason,
  withId,
} from "./frame.ts";

/** Encodes what a stream says. What is shared by many readers is encoded once. */
export interface Wire {
  /**
   * Whether the reader talks back on the stream: it answers heartbeats, and chooses groups while it is
   * connected, so a stream without groups stays open.
   */
  readonly isDuplex: boolean;
  /** What keeps a quiet stream alive. */
  readonly heartbeat: Buffer;
  /** The first bytes of a stream whose reader is to wait `retryMs` before it reconnects; maybe none. */
  opening(retryMs: number): Buffer;
  /** A commit; `id`: the stream's cursor after it, where it is not that of the commit's group alone. */
  commit(commit: FeedCommit, id: string | undefined): Buffer;
  /** A snapshot whose server-sent event is `tail` after its id line. */
  snapshot(id: string, tail: Buffer): Buffer;
  reset(groupId: string, reason: ResetReason): Buffer;
  revoked(groupId: string, reason: RevokeReason): Buffer;
  /** Who is present in a group, as JSON. */
  presence(json: string): Buffer;
  bye(farewell: Farewell): Buffer;
}

/** Server-sent events. */
export const SSE_WIRE: Wire = {
  isDuplex: false,
  heartbeat: HEARTBEAT,
  opening: retryFrame,
  commit: (commit, id) => id === undefined ? commit.frame : withId(id, commit.tail),
  snapshot: withId,
  reset: resetFrame,
  revoked: revokedFrame,
  presence: presenceFrame,
  bye: byeFrame,
};
