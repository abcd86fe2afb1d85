/**
 * What a host knows of a group as the log has acknowledged it. Speculative state never gets in here.
 */
import { createHash } from "node:crypto";
import { emptyGroup, type GroupState } from "../group/mod.ts";
import { decodeCommit, type GroupEvent, versionOf } from "../protocol/mod.ts";
import { CommitIndex } from "./commit_index.ts";
import type { GroupLog } from "./group_log.ts";

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
  /** Commits since the newest snapshot, as far as known. */
  readonly unsaved: number;
}

/** SHA-256 of stored bytes, hex: the link of the log's hash chain. */
export function hashOf(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** A group of which the log holds nothing. */
export function unwritten(groupId: string): Confirmed {
  const index = new CommitIndex();
  return { state: emptyGroup(groupId), sequence: 0, mailboxSequence: 0, index, unsaved: 0 };
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
    unsaved: before.unsaved + 1,
  };
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
