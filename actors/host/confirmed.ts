/**
 * What a host knows of a group as the log has acknowledged it, and how it is rebuilt from the log.
 * Speculative state never gets in here.
 */
import { createHash } from "node:crypto";
import { emptyGroup, evolve, type GroupState } from "../group/mod.ts";
import { decodeCommit, type GroupEvent, versionOf } from "../protocol/mod.ts";
import { CommitIndex } from "./commit_index.ts";
import type { GroupLog, LogMessage } from "./group_log.ts";

export interface Confirmed {
  readonly state: GroupState;
  /** Sequence of the group's last message in the log, 0 for none. */
  readonly sequence: number;
  /** SHA-256 (hex) of that message's bytes. */
  readonly hash?: string;
  /** Mailbox sequence of the last command the log covers. */
  readonly mailboxSequence: number;
  /** Shared and appended to as the group moves on. */
  readonly index: CommitIndex;
}

const LAG_RETRY_MS = 50;
const LAG_RETRIES = 100;

/** SHA-256 of stored bytes, hex: the link of the log's hash chain. */
export function hashOf(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** A group of which the log holds nothing. */
export function unwritten(groupId: string): Confirmed {
  return { state: emptyGroup(groupId), sequence: 0, mailboxSequence: 0, index: new CommitIndex() };
}

/** `before` moved on by one stored commit. */
export function advance(
  before: Confirmed,
  commit: {
    readonly state: GroupState;
    readonly firstVersion: number;
    readonly sequence: number;
    readonly mailboxSequence: number;
    readonly hash: string;
  },
): Confirmed {
  before.index.add(commit.firstVersion, commit.sequence);
  return {
    state: commit.state,
    sequence: commit.sequence,
    hash: commit.hash,
    mailboxSequence: commit.mailboxSequence,
    index: before.index,
  };
}

/**
 * Rebuilds a group from the log, at least as new as its leader's last message when the call began.
 *
 * @param pause waits before a replica that lags is asked again
 * @throws {Error} when the log cannot be read, or the replicas stay behind the leader for 5 s
 */
export async function load(
  log: GroupLog,
  groupId: string,
  pause: (ms: number) => Promise<void>,
): Promise<Confirmed> {
  const floor = await log.last(groupId);
  let confirmed = unwritten(groupId);
  if (!floor) return confirmed;
  for (let attempt = 0; attempt < LAG_RETRIES; attempt++) {
    for await (const message of log.read(groupId, confirmed.sequence + 1)) {
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
  });
}

/** The log lacks events that the ledger knows of: trying again cannot help. */
export class MissingEventsError extends Error {
  override readonly name = "MissingEventsError";
}

/**
 * The events of one accepted command, found by the group version after its first event.
 *
 * @throws {MissingEventsError} when the log does not hold them, which contradicts the ledger
 * @throws {Error} when the log cannot be read
 */
export async function eventsOf(
  log: GroupLog,
  confirmed: Confirmed,
  command: { readonly firstVersion: number; readonly version: number },
): Promise<GroupEvent[]> {
  const groupId = confirmed.state.id;
  for await (const message of log.read(groupId, confirmed.index.floor(command.firstVersion))) {
    const events = decodeCommit(message.data).filter((event) => {
      const version = versionOf(event);
      return version >= command.firstVersion && version <= command.version;
    });
    if (events.length > 0) return events;
  }
  throw new MissingEventsError(
    `Cannot find version ${command.firstVersion} of group ${groupId}: the log does not hold it`,
  );
}
