/**
 * Reads one log message into what the projection needs of it: the rows to append to `todo_events` and the
 * operations on todos, comments, groups and members. Pure. Throws for a message that is not what the
 * protocol says, so that it can be set aside instead of stopping everything behind it.
 */
import { decodeCommit, type GroupEvent, TYPE_PREFIX, versionOf } from "../protocol/mod.ts";
import {
  GROUP,
  groupSubject,
  hashOf,
  parseActorSubject,
  parseGroupSubject,
} from "../protocol/routing/mod.ts";
import { changesOf, type RowChange } from "./_changes.ts";

/** A message of the log as it lies in its stream. */
export interface LogMessage {
  readonly subject: string;
  /** Its sequence in the stream. */
  readonly sequence: number;
  /** When the stream stored it, milliseconds since the Unix epoch. */
  readonly storedAtMs: number;
  readonly data: Uint8Array;
  /** SHA-256 (hex) that it names of the group's message before it; empty when it names none. */
  readonly previousHash: string;
}

/** A row of `todo_events`, without the place of its message. */
export interface EventRow {
  readonly event_id: string;
  readonly command_id: string;
  readonly group_id: string;
  readonly version: number;
  readonly actor_user_id: string;
  readonly todo_id: string | null;
  readonly event_type: string;
  readonly data: unknown;
  readonly occurred_at: string;
}

/** A decoded log message. */
export interface Commit {
  readonly groupId: string;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly sizeBytes: number;
  /** SHA-256 (hex) of its bytes, and what it says of the bytes of the group's commit before it. */
  readonly hash: string;
  readonly previousHash: string;
  /** Versions of the first and the last event. */
  readonly firstVersion: number;
  readonly version: number;
  readonly events: readonly EventRow[];
  readonly changes: readonly RowChange[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a log message is of another kind of actor than groups, which this read model is about. */
export function isForeign({ subject }: Pick<LogMessage, "subject">): boolean {
  const kind = parseActorSubject(subject)?.kind;
  return kind !== undefined && kind !== GROUP;
}

/**
 * Decodes `message`, which is a group's.
 *
 * @throws {SyntaxError | TypeError} when the message breaks the protocol; the message says how
 */
export function decodeMessage(message: LogMessage): Commit {
  const { groupId, events: decoded } = decodeEvents(message);
  const events: EventRow[] = [];
  const changes: RowChange[] = [];
  for (const event of decoded) {
    events.push(rowOf(event));
    changes.push(...changesOf(event));
  }
  return {
    groupId,
    sequence: message.sequence,
    storedAtMs: message.storedAtMs,
    sizeBytes: message.data.length,
    hash: hashOf(message.data),
    previousHash: message.previousHash,
    firstVersion: events[0]?.version ?? 0,
    version: events.at(-1)?.version ?? 0,
    events,
    changes,
  };
}

/**
 * The events of `message`, which is a group's: one or more, with rising versions.
 *
 * @throws {SyntaxError | TypeError} when the message breaks the protocol; the message says how
 */
export function decodeEvents(
  message: Pick<LogMessage, "subject" | "data">,
): { readonly groupId: string; readonly events: readonly GroupEvent[] } {
  const groupId = parseGroupSubject(message.subject)?.groupId;
  if (!groupId || message.subject !== groupSubject("event", groupId)) {
    throw new TypeError(`Cannot decode a commit: "${message.subject}" is no group's subject`);
  }
  const events = decodeCommit(message.data);
  let previous = 0;
  for (const event of events) {
    checkEvent(event, groupId);
    const version = versionOf(event);
    if (!Number.isSafeInteger(version) || version <= previous) {
      throw new TypeError(
        `Cannot decode a commit: "${event.sequence}" follows version ${previous}`,
      );
    }
    previous = version;
  }
  if (events.length === 0) throw new TypeError("Cannot decode a commit: it has no events");
  return { groupId, events };
}

/** Checks what every event has, of whatever type: the cast of `decodeCommit` promises it, unchecked. */
function checkEvent(event: GroupEvent, groupId: string): void {
  const ok = typeof event === "object" && event !== null &&
    typeof event.type === "string" && typeof event.sequence === "string" &&
    typeof event.authid === "string" && typeof event.data === "object" && event.data !== null;
  if (!ok) throw new TypeError("Cannot decode a commit: an event lacks its envelope");
  if (!UUID.test(event.id) || !UUID.test(event.causationid)) {
    throw new TypeError(
      `Cannot decode a commit: "${event.id}" or "${event.causationid}" is no UUID`,
    );
  }
  if (event.partitionkey !== groupId) {
    throw new TypeError(
      `Cannot decode a commit: an event of group "${event.partitionkey}" under "${groupId}"`,
    );
  }
  if (Number.isNaN(Date.parse(event.time))) {
    throw new TypeError(`Cannot decode a commit: "${event.time}" is no instant`);
  }
}

/** The row of `todo_events` that `event` becomes. */
export function rowOf(event: GroupEvent): EventRow {
  return {
    event_id: event.id,
    command_id: event.causationid,
    group_id: event.partitionkey,
    version: versionOf(event),
    actor_user_id: event.authid,
    todo_id: todoIdOf(event),
    event_type: event.type.startsWith(TYPE_PREFIX)
      ? event.type.slice(TYPE_PREFIX.length)
      : event.type,
    data: event.data,
    occurred_at: event.time,
  };
}

function todoIdOf(event: GroupEvent): string | null {
  const { todo_id, todo } = event.data as { todo_id?: unknown; todo?: { id?: unknown } };
  const id = todo_id ?? todo?.id;
  return typeof id === "string" ? id : null;
}
