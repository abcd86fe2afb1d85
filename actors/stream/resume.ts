/**
 * What a reader gets next: the pure rules of following a group without gap or duplicate, for messages
 * that arrive on the feed and for readers that come back with a cursor.
 */
import { parseCursor, type Position } from "../protocol/mod.ts";
import type { FeedCommit, RawCommit } from "./commit.ts";
import type { ResetReason } from "./frame.ts";
import type { Ring } from "./ring.ts";

/**
 * How a message from the feed stands to what is known up to `head`: `next` follows it, `seen` is in it,
 * `gap` has something missing before it, `foreign` cannot be of the log that was followed.
 */
export function classify(
  message: Pick<RawCommit, "sequence" | "previousSequence">,
  head: Position,
): "next" | "seen" | "gap" | "foreign" {
  if (message.sequence <= head.sequence) return "seen";
  if (message.previousSequence === head.sequence) return "next";
  return message.previousSequence > head.sequence ? "gap" : "foreign";
}

/** Where a stream starts in a group: after a cursor's position, or with a snapshot. */
export type Start =
  | { readonly kind: "resume"; readonly position: Position }
  | { readonly kind: "snapshot" }
  | { readonly kind: "reset"; readonly reason: ResetReason };

/** Where a reader that came with the cursor text `cursor`, or with none, starts in a group. */
export function startOf(cursor: string | undefined, groupId: string, epoch: string): Start {
  if (cursor === undefined) return { kind: "snapshot" };
  const parsed = parseCursor(cursor);
  if (!parsed) return { kind: "reset", reason: "unreadable-cursor" };
  if (parsed.epoch !== epoch) return { kind: "reset", reason: "other-epoch" };
  const position = parsed.positions.get(groupId);
  // A group that the cursor does not name had not sent anything yet.
  return position ? { kind: "resume", position } : { kind: "snapshot" };
}

/** Where a reader stands. `verified` when we put it there, not a cursor that we have yet to believe. */
export interface Reader {
  readonly position: Position;
  readonly verified: boolean;
}

/** What is known of the group. */
export interface Known {
  readonly head: Position;
  readonly ring: Pick<Ring, "after">;
  /** Version since which the reader's user has been a member without a break. */
  readonly memberSince: number;
}

export interface ResumeLimits {
  /** Frames replayed in one go, in bytes. */
  readonly pageBytes: number;
  /** A reader that lacks more versions than this gets a snapshot instead. */
  readonly maxReplayVersions: number;
}

/** The next thing to do for a reader. */
export type Step =
  | { readonly kind: "current" }
  | { readonly kind: "replay"; readonly commits: readonly FeedCommit[] }
  /** Read the log from this place on; see {@link checkPage}. */
  | { readonly kind: "read-log"; readonly from: number }
  | { readonly kind: "reset"; readonly reason: ResetReason };

/** Plans the next step of `reader`: the ring first, then the log, a reset when neither can serve it. */
export function nextStep(reader: Reader, known: Known, limits: ResumeLimits): Step {
  const { position, verified } = reader;
  const { head, ring } = known;
  if (position.sequence > head.sequence || position.version > head.version) {
    return { kind: "reset", reason: "unknown-position" };
  }
  // A cursor whose version is not that of its place in the log is found out below, before anything is sent.
  if (position.version < known.memberSince) return { kind: "reset", reason: "membership" };
  const answer = ring.after(position, limits.pageBytes);
  switch (answer.kind) {
    case "unknown":
      return { kind: "reset", reason: "unknown-position" };
    case "commits":
      return answer.commits.length === 0
        ? { kind: "current" }
        : { kind: "replay", commits: answer.commits };
    case "older":
      if (head.version - position.version > limits.maxReplayVersions) {
        return { kind: "reset", reason: "too-far-behind" };
      }
      return { kind: "read-log", from: verified ? position.sequence + 1 : position.sequence };
    default:
      return answer satisfies never;
  }
}

/**
 * The messages of a log page that follow the reader. A page for a reader that is not verified starts
 * with the commit that its cursor names; when it does not, the cursor is not of this log.
 *
 * @param messages page read from where {@link nextStep} said
 * @param lastVersionOf version after a message
 */
export function checkPage<M extends { readonly sequence: number }>(
  reader: Reader,
  messages: readonly M[],
  lastVersionOf: (message: M) => number | undefined,
): readonly M[] | "unknown-position" {
  if (reader.verified) return messages;
  const [named, ...rest] = messages;
  const { sequence, version } = reader.position;
  return named?.sequence === sequence && lastVersionOf(named) === version
    ? rest
    : "unknown-position";
}
