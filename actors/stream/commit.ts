/**
 * One commit of a group as the streamer holds it: where it lies in the log, which versions it covers
 * and the frame that carries its stored bytes, encoded once for every connection. Pure.
 */
import type { Buffer } from "node:buffer";
import { decodeCommit, type GroupEvent, type Position, versionOf } from "../protocol/mod.ts";
import { commitFrame, positionId } from "./frame.ts";

/** A log message as it arrived, from the feed or from the log. */
export interface RawCommit {
  /** Place in the stream. */
  readonly sequence: number;
  /** Place of the group's message before it; 0 when it is the first. */
  readonly previousSequence: number;
  readonly bytes: Uint8Array;
}

/** A commit that can be sent. `version` is the group's version after it. */
export interface FeedCommit extends Position {
  readonly previousSequence: number;
  /** Version of its first event; `version + 1` when it carries nothing for readers. */
  readonly firstVersion: number;
  /** When the mailbox took in its last command, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The whole frame for a stream of this group alone; empty when it carries nothing. */
  readonly frame: Buffer;
  /** The part of `frame` after the id line, the same memory. */
  readonly tail: Buffer;
}

/** What became of reading a commit. */
export interface ReadCommit {
  readonly commit: FeedCommit;
  readonly events: readonly GroupEvent[];
  /**
   * `fine`; `unreadable`: its bytes are no commit, or repeat versions the group has, so it is passed
   * over; `jump`: versions are missing before it, so readers need a snapshot.
   */
  readonly verdict: "fine" | "unreadable" | "jump";
}

/** Reads the message `raw` of group `groupId` that follows position `previous`. */
export function readCommit(
  raw: RawCommit,
  options: { readonly groupId: string; readonly epoch: string; readonly previous: Position },
): ReadCommit {
  const { groupId, epoch, previous } = options;
  const events = eventsOf(raw.bytes, groupId);
  const first = events?.[0];
  const last = events?.at(-1);
  if (!events || !first || !last || versionOf(first) <= previous.version) {
    return { commit: emptyCommit(raw, previous.version), events: [], verdict: "unreadable" };
  }
  const position = { version: versionOf(last), sequence: raw.sequence };
  const commit = {
    ...position,
    previousSequence: raw.previousSequence,
    firstVersion: versionOf(first),
    timeMs: Date.parse(last.time),
    ...commitFrame(positionId(epoch, groupId, position), raw.bytes),
  };
  const verdict = commit.firstVersion === previous.version + 1 ? "fine" : "jump";
  return { commit, events, verdict };
}

/** The events of a message, or `undefined` when they are no dense run of versions of this group. */
function eventsOf(bytes: Uint8Array, groupId: string): GroupEvent[] | undefined {
  let events: GroupEvent[];
  try {
    events = decodeCommit(bytes);
  } catch (error) {
    // What is no commit is the reader's finding, not its failure: the feed passes over it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const first = events[0];
  if (!first || !isEvent(first)) return undefined;
  const start = versionOf(first);
  const dense = events.every((event, index) =>
    isEvent(event) && versionOf(event) === start + index && event.partitionkey === groupId
  );
  return dense && Number.isSafeInteger(start) ? events : undefined;
}

function isEvent(value: unknown): boolean {
  return typeof value === "object" && value !== null && "type" in value && "data" in value &&
    typeof value.data === "object" && value.data !== null;
}

/** Stands for a message that readers are not sent, so that the chain of places has no hole. */
export function emptyCommit(raw: RawCommit, version: number): FeedCommit {
  return {
    version,
    sequence: raw.sequence,
    previousSequence: raw.previousSequence,
    firstVersion: version + 1,
    timeMs: 0,
    ...commitFrame("", undefined),
  };
}
