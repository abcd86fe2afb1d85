/**
 * Where following a group starts: at its newest snapshot, if that may be used and the log continues it, or
 * before its first commit. The rules are those of the group hosts; whatever is wrong with a snapshot costs time,
 * never correctness.
 */
import { fromSnapshot, type Snapshot } from "../group/fold/mod.ts";
import { groupSchema } from "../group/fold/schema/mod.ts";
import { hashOf } from "../protocol/routing/mod.ts";
import {
  type Fault,
  restore,
  schemaOf,
  unusable,
  UnusableSnapshotError,
} from "../protocol/snapshot/mod.ts";
import type { GroupLog, LogPage } from "./group_log.ts";
import { GroupView } from "./group_view.ts";

/** Messages read at once by whoever follows a group. */
export const PAGE = { maxMessages: 500, maxBytes: 2 * 1024 * 1024 };

/** What became of the snapshot: used, not there, not to be read, or why it was not to be used. */
export type SnapshotUse = "found" | "none" | "unreadable" | Fault;

export interface StartingPoint {
  readonly view: GroupView;
  /** Place of the group's newest message as the log's leader knows it; 0: the group has never existed. */
  readonly newest: number;
  /** What follows the view in the log, as far as it has been read with the message that the view ends with. */
  readonly page?: LogPage;
  readonly snapshot: SnapshotUse;
  /** Why the snapshot is not used, unless there is none. */
  readonly error?: unknown;
}

/** A view and the hash of the last message it covers. */
interface SavedView {
  readonly view: GroupView;
  readonly hash: string;
}

/**
 * Looks where to start following a group.
 *
 * @throws {Error} when the log's leader cannot be asked
 */
export async function startingPoint(groupId: string, log: GroupLog): Promise<StartingPoint> {
  const [newest, saved] = await Promise.all([log.newest(groupId), readView(groupId, log)]);
  const fromLog = { view: new GroupView(groupId), newest };
  if (!saved || newest === 0) return { ...fromLog, snapshot: "none" };
  try {
    if ("error" in saved) throw saved.error;
    return await continued(saved, { groupId, log, newest });
  } catch (error) {
    const snapshot = error instanceof UnusableSnapshotError ? error.fault : "unreadable";
    return { ...fromLog, snapshot, error };
  }
}

/** The view that the group's snapshot makes; `undefined` without one. */
async function readView(
  groupId: string,
  log: GroupLog,
): Promise<SavedView | { readonly error: unknown } | undefined> {
  try {
    const [stored, incarnation] = await Promise.all([
      log.snapshot(groupId),
      log.incarnation(groupId),
    ]);
    if (!stored) return undefined;
    const expected = { id: groupId, schema: schemaOf(groupSchema()), log: incarnation };
    // Of the same schema, hence written by `toSnapshot`; damage shows as an exception.
    const state = restore(stored, expected, (saved) => fromSnapshot(saved.state as Snapshot));
    return { view: GroupView.of(state, stored.head.sequence), hash: stored.head.hash };
  } catch (error) {
    return { error };
  }
}

/**
 * The snapshot's view with what follows it, once the log is known to hold the last message it covers.
 *
 * @throws {UnusableSnapshotError} when the log ends before that message, or has another one there
 */
async function continued(
  { view, hash }: SavedView,
  { groupId, log, newest }: { groupId: string; log: GroupLog; newest: number },
): Promise<StartingPoint> {
  const { sequence } = view.head;
  // A host may have stored a commit and a snapshot of it after the leader was asked.
  const end = sequence > newest ? await log.newest(groupId) : newest;
  if (sequence > end) {
    throw unusable("newer", groupId, { why: `it covers ${sequence}, the log ends at ${end}` });
  }
  const { messages, complete } = await log.read(groupId, sequence, PAGE);
  const [last, ...rest] = messages;
  if (!last) throw new Error(`Cannot read ${groupId} from ${sequence} on: the replica lags`);
  if (last.sequence !== sequence || hashOf(last.bytes) !== hash) {
    const why = `the log does not continue the commit at ${sequence}`;
    throw unusable("history", groupId, { why });
  }
  return { view, newest: end, page: { messages: rest, complete }, snapshot: "found" };
}
