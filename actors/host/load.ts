/**
 * Rebuilds a group: from a snapshot, if there is one that the log continues, and from the log.
 */
import { evolve } from "../group/mod.ts";
import { decodeCommit, versionOf } from "../protocol/mod.ts";
import { advance, type Confirmed, hashOf, unwritten } from "./confirmed.ts";
import type { GroupLog, LogMessage } from "./group_log.ts";
import { UnusableSnapshotError } from "./snapshot.ts";
import type { Snapshots } from "./snapshots.ts";

const LAG_RETRY_MS = 50;
const LAG_RETRIES = 100;

/** What a group is rebuilt from. */
export interface LoadSource {
  readonly log: GroupLog;
  /** Absent: there are none, the whole log is read. */
  readonly snapshots?: Snapshots;
  /** Waits before a replica that lags is asked again. */
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Rebuilds a group, at least as new as its leader's last message when the call began. A snapshot saves
 * reading what it covers; one that the log does not continue is reported and ignored.
 *
 * @throws {Error} when the log cannot be read, or the replicas stay behind the leader for 5 s
 */
export async function load(source: LoadSource, groupId: string): Promise<Confirmed> {
  const { log, snapshots } = source;
  const [last, saved] = await Promise.all([log.last(groupId), snapshots?.read(groupId)]);
  if (saved) {
    // Another host may have stored a commit and a snapshot of it after the log was asked.
    const isAhead = saved.sequence > (last?.sequence ?? 0);
    try {
      return await continueFrom(saved, isAhead ? await log.last(groupId) : last, source);
    } catch (error) {
      if (!(error instanceof UnusableSnapshotError)) throw error;
      snapshots?.ignore(groupId, error);
    }
  }
  return await continueFrom(unwritten(groupId), last, source);
}

/**
 * `known` moved on by what other hosts have committed since; rebuilt when the log does not continue it.
 *
 * @throws {Error} like {@link load}
 */
export async function catchUp(source: LoadSource, known: Confirmed): Promise<Confirmed> {
  const groupId = known.state.id;
  try {
    return await continueFrom(known, await source.log.last(groupId), source);
  } catch (error) {
    if (!(error instanceof UnusableSnapshotError)) throw error;
    return await load(source, groupId);
  }
}

/**
 * `base` moved on by the commits after it, up to `floor` at least.
 *
 * @throws {UnusableSnapshotError} when the log does not continue `base`
 */
async function continueFrom(
  base: Confirmed,
  floor: LogMessage | undefined,
  { log, pause }: LoadSource,
): Promise<Confirmed> {
  const groupId = base.state.id;
  if (base.sequence > (floor?.sequence ?? 0)) {
    const why = `it covers ${base.sequence}, the log ends at ${floor?.sequence ?? 0}`;
    throw new UnusableSnapshotError("newer", `Cannot use the snapshot of ${groupId}: ${why}`);
  }
  if (!floor) return base;
  if (base.sequence === floor.sequence) {
    if (hashOf(floor.data) !== base.hash) throw notContinued(base);
    return base;
  }
  let confirmed = base;
  for (let attempt = 0; attempt < LAG_RETRIES; attempt++) {
    for await (const message of log.read(groupId, confirmed.sequence + 1)) {
      if (confirmed === base && base.sequence > 0 && message.previousHash !== base.hash) {
        throw notContinued(base);
      }
      confirmed = foldMessage(confirmed, message, message.sequence >= floor.sequence);
    }
    if (confirmed.sequence >= floor.sequence) return confirmed;
    await pause(LAG_RETRY_MS);
  }
  throw new Error(
    `Cannot load group ${groupId}: the replicas end at ${confirmed.sequence}, ` +
      `the leader has ${floor.sequence}`,
  );
}

function notContinued({ state, sequence }: Confirmed): UnusableSnapshotError {
  const why = `the log does not continue the commit at ${sequence}`;
  return new UnusableSnapshotError("history", `Cannot use the snapshot of ${state.id}: ${why}`);
}

function foldMessage(before: Confirmed, message: LogMessage, needsHash: boolean): Confirmed {
  const events = decodeCommit(message.data);
  const first = events[0];
  if (!first) throw new Error(`Cannot load a group: the commit at ${message.sequence} is empty`);
  return advance(before, {
    state: events.reduce((state, event) => evolve(state, event), before.state),
    firstVersion: versionOf(first),
    sequence: message.sequence,
    mailboxSequence: message.mailboxSequence,
    // Only the newest message's hash is ever needed.
    hash: needsHash ? hashOf(message.data) : "",
    bytes: message.data.length,
  });
}
