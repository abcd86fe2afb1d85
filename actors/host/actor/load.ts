/**
 * Rebuilds an actor: from a snapshot, if there is one that the log continues, and from the log.
 */
import type { ActorCommand, ActorKind } from "../../kind/mod.ts";
import { decodeCommit } from "../../protocol/mod.ts";
import { hashOf } from "../../protocol/routing/mod.ts";
import { unusable, UnusableSnapshotError } from "../../protocol/snapshot/mod.ts";
import { advance, type Confirmed, unwritten } from "./confirmed.ts";
import type { ActorLog, LogMessage } from "./actor_log.ts";
import type { Snapshots } from "./snapshots.ts";

const LAG_RETRY_MS = 50;
const LAG_RETRIES = 100;

/** What actors of a kind are rebuilt from. */
export interface LoadSource<State, Event extends object, Command extends ActorCommand> {
  readonly kind: ActorKind<State, Event, Command>;
  readonly log: ActorLog;
  /** Absent: there are none, the whole log is read. */
  readonly snapshots?: Snapshots<State>;
  /** Waits before a replica that lags is asked again. */
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Rebuilds the actor `id`, at least as new as its leader's last message when the call began. A snapshot saves
 * reading what it covers; one that the log does not continue is reported and ignored.
 *
 * @throws {Error} when the log cannot be read, or the replicas stay behind the leader for 5 s
 */
export async function load<State, Event extends object, Command extends ActorCommand>(
  source: LoadSource<State, Event, Command>,
  id: string,
): Promise<Confirmed<State>> {
  const { kind, log, snapshots } = source;
  const [last, saved] = await Promise.all([log.last(id), snapshots?.read(id)]);
  if (saved) {
    // Another host may have stored a commit and a snapshot of it after the log was asked.
    const isAhead = saved.sequence > (last?.sequence ?? 0);
    try {
      return await continueFrom(saved, isAhead ? await log.last(id) : last, source);
    } catch (error) {
      if (!(error instanceof UnusableSnapshotError)) throw error;
      snapshots?.ignore(id, error);
    }
  }
  return await continueFrom(unwritten(kind, id), last, source);
}

/**
 * `known` moved on by what other hosts have committed since; rebuilt when the log does not continue it.
 *
 * @throws {Error} like {@link load}
 */
export async function catchUp<State, Event extends object, Command extends ActorCommand>(
  source: LoadSource<State, Event, Command>,
  known: Confirmed<State>,
): Promise<Confirmed<State>> {
  try {
    return await continueFrom(known, await source.log.last(known.id), source);
  } catch (error) {
    if (!(error instanceof UnusableSnapshotError)) throw error;
    return await load(source, known.id);
  }
}

/**
 * `base` moved on by the commits after it, up to `floor` at least.
 *
 * @throws {UnusableSnapshotError} when the log does not continue `base`
 */
async function continueFrom<State, Event extends object, Command extends ActorCommand>(
  base: Confirmed<State>,
  floor: LogMessage | undefined,
  { kind, log, pause }: LoadSource<State, Event, Command>,
): Promise<Confirmed<State>> {
  const { id } = base;
  if (base.sequence > (floor?.sequence ?? 0)) {
    const why = `it covers ${base.sequence}, the log ends at ${floor?.sequence ?? 0}`;
    throw unusable("newer", id, { why });
  }
  if (!floor) return base;
  if (base.sequence === floor.sequence) {
    if (hashOf(floor.data) !== base.hash) throw notContinued(base);
    return base;
  }
  let confirmed = base;
  for (let attempt = 0; attempt < LAG_RETRIES; attempt++) {
    for await (const message of log.read(id, confirmed.sequence + 1)) {
      if (confirmed === base && base.sequence > 0 && message.previousHash !== base.hash) {
        throw notContinued(base);
      }
      confirmed = foldMessage(kind, confirmed, {
        message,
        // Only the newest message's hash is ever needed.
        needsHash: message.sequence >= floor.sequence,
      });
    }
    if (confirmed.sequence >= floor.sequence) return confirmed;
    await pause(LAG_RETRY_MS);
  }
  throw new Error(
    `Cannot load ${kind.name} ${id}: the replicas end at ${confirmed.sequence}, ` +
      `the leader has ${floor.sequence}`,
  );
}

function notContinued({ id, sequence }: Confirmed<unknown>): UnusableSnapshotError {
  const why = `the log does not continue the commit at ${sequence}`;
  return unusable("history", id, { why });
}

function foldMessage<State, Event extends object, Command extends ActorCommand>(
  kind: ActorKind<State, Event, Command>,
  before: Confirmed<State>,
  { message, needsHash }: { readonly message: LogMessage; readonly needsHash: boolean },
): Confirmed<State> {
  const events = decodeCommit<Event>(message.data);
  const first = events[0];
  if (!first) throw new Error(`Cannot load: the commit at ${message.sequence} is empty`);
  const state = events.reduce((state, event) => kind.evolve(state, event), before.state);
  return advance(before, {
    state,
    version: kind.version(state),
    firstVersion: kind.versionOf(first),
    sequence: message.sequence,
    mailboxSequence: message.mailboxSequence,
    hash: needsHash ? hashOf(message.data) : "",
    bytes: message.data.length,
  });
}
