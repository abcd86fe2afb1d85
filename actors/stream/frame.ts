/**
 * Frames of server-sent events (WHATWG HTML, section 9.2.6): every byte that a stream writes is made
 * here. Pure; a frame is encoded once and its buffer shared by all connections that get it.
 */
import { Buffer } from "node:buffer";
import type { ClusterInfo } from "../cluster/mod.ts";
import { formatCursor, type Position } from "../protocol/mod.ts";
import { type CloseReason, retryClass } from "./close_reason.ts";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const NOTHING = Buffer.alloc(0);
const ID_FIELD = "id: ";
const DATA_FIELD = "\ndata: ";

/** The comment that keeps proxies and readers from giving up on a quiet stream. */
export const HEARTBEAT = Buffer.from(":\n\n");

/** Why a cursor could not be honoured, or why a stream had to start over. */
export type ResetReason =
  | "unreadable-cursor"
  | "other-epoch"
  | "unknown-position"
  | "membership"
  | "too-far-behind"
  | "log-changed";

/** Why a reader gets no more of a group. */
export type RevokeReason = "member-removed" | "group-deleted";

/** Why a stream ends and how its reader comes back. */
export interface Farewell {
  readonly reason: CloseReason;
  /** Where to resume; empty when nothing was sent. */
  readonly cursor: string;
  readonly retryMs: number;
}

/** The id of a stream of one group at `position`. */
export function positionId(epoch: string, groupId: string, position: Position): string {
  return formatCursor({ epoch, positions: new Map([[groupId, position]]) });
}

/** The first line of a stream: how long the reader waits before it reconnects, in milliseconds. */
export function retryFrame(retryMs: number): Buffer {
  return Buffer.from(`retry: ${retryMs}\n\n`);
}

/**
 * The frame of a commit around its stored bytes, with the id `id`, and the part of it that does not
 * depend on the id. Both are empty without `bytes`.
 */
export function commitFrame(
  id: string,
  bytes: Uint8Array | undefined,
): { readonly frame: Buffer; readonly tail: Buffer } {
  if (bytes === undefined) return { frame: NOTHING, tail: NOTHING };
  const head = Buffer.from(`id: ${id}\n`);
  const frame = Buffer.concat([
    head,
    Buffer.from("event: todo-event\ndata: "),
    oneLine(bytes),
    Buffer.from("\n\n"),
  ]);
  return { frame, tail: frame.subarray(head.length) };
}

/** `tail` under another id, for streams of several groups. */
export function withId(id: string, tail: Buffer): Buffer {
  const start = ID_FIELD.length + id.length + 1;
  const frame = Buffer.allocUnsafe(start + tail.length);
  frame.write(`${ID_FIELD}${id}\n`, "latin1");
  frame.set(tail, start);
  return frame;
}

/** The id that `frame` begins with, `tail` being what follows the id line. */
export function idOf(frame: Buffer, tail: Buffer): Buffer {
  return frame.subarray(ID_FIELD.length, frame.length - tail.length - 1);
}

/** The JSON in the part of a commit's or snapshot's frame after its id line, the same memory. */
export function dataOf(tail: Buffer): Buffer {
  return tail.subarray(tail.indexOf(DATA_FIELD) + DATA_FIELD.length, tail.length - 2);
}

/** The part of a snapshot's frame after its id line; `snapshot` is any JSON value. */
export function snapshotTail(snapshot: unknown): Buffer {
  return Buffer.from(`event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`);
}

/** Says that the reader must forget what it has of a group; a snapshot follows. */
export function resetFrame(groupId: string, reason: ResetReason): Buffer {
  return jsonFrame("reset", { group_id: groupId, reason });
}

/** Says that the reader gets no more of a group. */
export function revokedFrame(groupId: string, reason: RevokeReason): Buffer {
  return jsonFrame("revoked", { group_id: groupId, reason });
}

/** The last frame of a stream: why it ends, what the reader should do, and where to resume. */
export function byeFrame(farewell: Farewell): Buffer {
  const { cursor, retryMs } = farewell;
  const data = JSON.stringify(farewellFields(farewell));
  const id = cursor === "" ? "" : `id: ${cursor}\n`;
  return Buffer.from(`retry: ${retryMs}\n${id}event: bye\ndata: ${data}\n\n`);
}

/** What a reader is told of the end of its stream. */
export function farewellFields({ reason, cursor, retryMs }: Farewell) {
  return { reason, retry: retryClass(reason), cursor, retry_ms: retryMs };
}

/** Who is present in a group; no event of the log, so it has no id. */
export function presenceFrame(json: string): Buffer {
  return Buffer.from(`event: presence\ndata: ${json}\n\n`);
}

/** The state of the cluster at one moment. */
export function clusterFrame(info: ClusterInfo): Buffer {
  return jsonFrame("cluster-info", info);
}

function jsonFrame(event: string, data: unknown): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Stored bytes are one line; bytes of another writer that are not must not break the framing. */
function oneLine(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(LINE_FEED) && !bytes.includes(CARRIAGE_RETURN)) return bytes;
  return bytes.map((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN ? 32 : byte);
}
