/**
 * Where looking back begins: at the newest snapshot that the group had by then, or before its first commit. Group hosts
 * write the snapshots: the newest one, and one for each milestone. By the rules for all who start from one: whatever is
 * wrong with a snapshot costs time, never correctness.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import {
  forReading,
  fromSnapshot,
  type GroupState,
  type Snapshot,
} from "../../actors/group/fold/mod.ts";
import { groupSchema } from "../../actors/group/fold/schema/mod.ts";
import {
  logger,
  MILESTONE_STREAM,
  readLast,
  readLastAnywhere,
  readPage,
  type StoredMessage,
  streamCreated,
} from "../../actors/platform/mod.ts";
import { decodeCommit, versionOf } from "../../actors/protocol/mod.ts";
import {
  GROUP,
  groupSubject,
  hashOf,
  milestoneSubject,
} from "../../actors/protocol/routing/mod.ts";
import {
  incarnationOf,
  milestoneOf,
  parseSnapshot,
  restore,
  schemaOf,
  type StoredSnapshot,
  unusable,
} from "../../actors/protocol/snapshot/mod.ts";
import type { Moment } from "./moment.ts";

const TIMEOUT_MS = 1_000;
/** Milestones that are tried: the actor may have passed one unsaved, or been saved only behind the moment. */
const MILESTONES_TRIED = 3;
/** Clocks of the servers that stamp commands and the log may differ by so much. */
const SKEW_MS = 60_000;

/** Where the log of a group is kept, and its newest snapshot. */
export interface PastSource {
  readonly groupId: string;
  readonly log: string;
  readonly snapshots: string;
}

/** What the group was after the message `sequence` of its log. */
export interface PastStart {
  readonly state: GroupState;
  /** Time of the last event in it, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly sequence: number;
}

/**
 * The newest usable snapshot of before `moment`; `undefined` when there is none.
 *
 * @throws {Error} when the log cannot be read
 */
export async function pastStart(
  connection: NatsConnection,
  source: PastSource,
  moment: Moment,
): Promise<PastStart | undefined> {
  const { groupId } = source;
  const newest = { stream: source.snapshots, subject: groupSubject("snapshot", groupId) };
  const latest = await tryFrom(connection, source, { moment, ...newest });
  if (latest) return latest;
  const reached = milestoneOf(await lastVersionBefore(connection, source, moment));
  for (let number = reached; number > Math.max(0, reached - MILESTONES_TRIED); number--) {
    const subject = milestoneSubject({ kind: GROUP, id: groupId }, number);
    const start = await tryFrom(connection, source, { moment, stream: MILESTONE_STREAM, subject });
    if (start) return start;
  }
  return undefined;
}

interface Candidate {
  readonly moment: Moment;
  readonly stream: string;
  readonly subject: string;
}

/** The snapshot on `subject` as a start, unless there is none, or it is of later, or it may not be used. */
async function tryFrom(
  connection: NatsConnection,
  source: PastSource,
  { moment, stream, subject }: Candidate,
): Promise<PastStart | undefined> {
  const { groupId } = source;
  try {
    const message = await readLastAnywhere(connection, stream, subject, TIMEOUT_MS);
    if (!message) return undefined;
    const { headers, data } = message;
    const stored = parseSnapshot(groupId, { field: (name) => headers?.get(name) ?? "", data });
    if ("version" in moment && stored.head.version > moment.version) return undefined;
    const start = await confirmed(connection, source, stored);
    // Clocks of hosts differ: an event of later may bear an earlier time.
    return "instantMs" in moment && start.timeMs > moment.instantMs - SKEW_MS ? undefined : start;
  } catch (error) {
    logger("edge.reads").info("The snapshot on {subject} is not used: {error}", { subject, error });
    return undefined;
  }
}

/**
 * What `stored` holds, once the log is known to have the last message that it covers.
 *
 * @throws {UnusableSnapshotError} when it is damaged, of another schema, or of another log
 */
async function confirmed(
  connection: NatsConnection,
  { groupId, log }: PastSource,
  stored: StoredSnapshot,
): Promise<PastStart> {
  const { sequence, hash } = stored.head;
  const [created, { messages: [last] }] = await Promise.all([
    streamCreated(connection, log),
    readPage(connection, {
      stream: log,
      subject: groupSubject("event", groupId),
      from: sequence,
      maxMessages: 1,
      maxBytes: 1,
    }),
  ]);
  if (last?.sequence !== sequence || hashOf(last.data) !== hash) {
    const why = `the log does not continue the commit at ${sequence}`;
    throw unusable("history", groupId, { why });
  }
  const expected = {
    id: groupId,
    schema: schemaOf(groupSchema()),
    log: incarnationOf(log, created),
  };
  // Of the same schema, hence written by `toSnapshot`; damage shows as an exception.
  const state = restore(
    stored,
    expected,
    (saved) => forReading(fromSnapshot(saved.state as Snapshot)),
  );
  const timeMs = Date.parse(decodeCommit(last.data).at(-1)?.time ?? "");
  return { state, timeMs, sequence };
}

/** A version that the group had at `moment`, or somewhat before, as far as the log can tell quickly; 0 if it cannot. */
async function lastVersionBefore(
  connection: NatsConnection,
  { groupId, log }: PastSource,
  moment: Moment,
): Promise<number> {
  if ("version" in moment) return moment.version;
  const subject = groupSubject("event", groupId);
  const { messages: [next] } = await readPage(connection, {
    stream: log,
    subject,
    from: new Date(moment.instantMs - SKEW_MS),
    maxMessages: 1,
    maxBytes: 1,
  });
  return versionIn(next ?? await readLast(connection, log, subject));
}

function versionIn(message: StoredMessage | undefined): number {
  try {
    const [first] = message ? decodeCommit(message.data) : [];
    return first ? versionOf(first) : 0;
  } catch (error) {
    // No commit: every reader passes it over.
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}
