/**
 * What a host knows of an actor as the log has acknowledged it. Speculative state never gets in here.
 */
import type { ActorCommand, ActorKind, VersionRange } from "../../kind/mod.ts";
import { decodeCommit } from "../../protocol/mod.ts";
import { CommitIndex } from "./commit_index.ts";
import type { ActorLog } from "./actor_log.ts";

const LAG_RETRY_MS = 50;
const LAG_RETRIES = 100;

/** Nothing since the newest snapshot. */
export const ALL_SAVED = { commits: 0, bytes: 0 } as const;

export interface Confirmed<State> {
  readonly id: string;
  readonly state: State;
  /** The actor's version. */
  readonly version: number;
  /** Sequence of the actor's last message in the log, 0 for none. */
  readonly sequence: number;
  /** SHA-256 (hex) of that message's bytes. */
  readonly hash?: string;
  /** Mailbox sequence of the last command the log covers. */
  readonly mailboxSequence: number;
  /** Shared and appended to as the actor moves on. */
  readonly index: CommitIndex;
  /** Commits since the newest snapshot, as far as known, and their bytes. */
  readonly unsaved: { readonly commits: number; readonly bytes: number };
}

/** An actor of which the log holds nothing. */
export function unwritten<State>(
  { empty }: { readonly empty: (id: string) => State },
  id: string,
): Confirmed<State> {
  return {
    id,
    state: empty(id),
    version: 0,
    sequence: 0,
    mailboxSequence: 0,
    index: new CommitIndex(),
    unsaved: ALL_SAVED,
  };
}

/** `before` moved on by one stored commit. */
export function advance<State>(
  before: Confirmed<State>,
  commit: {
    readonly state: State;
    readonly version: number;
    readonly firstVersion: number;
    readonly sequence: number;
    readonly mailboxSequence: number;
    readonly hash: string;
    readonly bytes: number;
  },
): Confirmed<State> {
  before.index.add(commit.firstVersion, commit.sequence);
  return {
    id: before.id,
    state: commit.state,
    version: commit.version,
    sequence: commit.sequence,
    hash: commit.hash,
    mailboxSequence: commit.mailboxSequence,
    index: before.index,
    unsaved: {
      commits: before.unsaved.commits + 1,
      bytes: before.unsaved.bytes + commit.bytes,
    },
  };
}

/** The log lacks events that the ledger knows of: trying again cannot help. */
export class MissingEventsError extends Error {
  override readonly name = "MissingEventsError";
}

/**
 * The events of one accepted command, found by the actor's version after its first event. A replica that
 * does not have yet what the leader has acknowledged is asked again.
 *
 * @throws {MissingEventsError} when the log does not hold them, which contradicts the ledger
 * @throws {Error} when the log cannot be read, or the replicas stay behind for 5 s
 */
export async function eventsOf<State, Event extends object, Command extends ActorCommand>(
  { kind, log, pause }: {
    readonly kind: ActorKind<State, Event, Command>;
    readonly log: ActorLog;
    /** Waits before a replica that lags is asked again. */
    readonly pause: (ms: number) => Promise<void>;
  },
  { id, index, sequence }: Confirmed<State>,
  command: VersionRange,
): Promise<Event[]> {
  const { firstVersion } = command;
  for (let attempt = 0; attempt < LAG_RETRIES; attempt++) {
    let readTo = 0;
    for await (const message of log.read(id, index.floor(firstVersion))) {
      readTo = message.sequence;
      const events = decodeCommit<Event>(message.data).filter((event) => {
        const version = kind.versionOf(event);
        return version >= firstVersion && version <= command.version;
      });
      if (events.length > 0) return events;
    }
    if (readTo >= sequence) {
      const what = `Cannot find version ${firstVersion} of ${kind.name} ${id}`;
      throw new MissingEventsError(`${what}: the log does not hold it`);
    }
    await pause(LAG_RETRY_MS);
  }
  throw new Error(`Cannot read version ${firstVersion} of ${kind.name} ${id}: the replicas lag`);
}
