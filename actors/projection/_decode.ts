/**
 * Reads one log message into what the projection needs of it: the rows to append to `todo_events` and the
 * operations on todos, comments, groups and members. Pure. Throws for a message that is not what the
 * protocol says, so that it can be set aside instead of stopping everything behind it.
 */
import {
  type Comment,
  decodeCommit,
  type GroupEvent,
  type Todo,
  TYPE_PREFIX,
  versionOf,
} from "../protocol/mod.ts";
import { groupSubject, parseGroupSubject } from "../protocol/routing/mod.ts";
import { type Op, patchOf } from "./_ops.ts";

/** A message of the log as it lies in its stream. */
export interface LogMessage {
  readonly subject: string;
  /** Its sequence in the stream. */
  readonly sequence: number;
  /** When the stream stored it, milliseconds since the Unix epoch. */
  readonly storedAtMs: number;
  readonly data: Uint8Array;
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

export type Table = "todos" | "todo_comments" | "groups" | "group_members";

/** One operation on the row of `table` that `id` names within the group (and `todoId`, for a comment). */
export interface RowChange {
  readonly table: Table;
  readonly id: string;
  readonly todoId?: string;
  readonly op: Op;
  /** The group's version after the event it comes from. */
  readonly version: number;
}

/** A decoded log message. */
export interface Commit {
  readonly groupId: string;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly sizeBytes: number;
  /** Versions of the first and the last event. */
  readonly firstVersion: number;
  readonly version: number;
  readonly events: readonly EventRow[];
  readonly changes: readonly RowChange[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Decodes `message`.
 *
 * @throws {SyntaxError | TypeError} when the message breaks the protocol; the message says how
 */
export function decodeMessage(message: LogMessage): Commit {
  const groupId = parseGroupSubject(message.subject)?.groupId;
  if (!groupId || message.subject !== groupSubject("event", groupId)) {
    throw new TypeError(`Cannot decode a commit: "${message.subject}" is no group's subject`);
  }
  const decoded = decodeCommit(message.data);
  const events: EventRow[] = [];
  const changes: RowChange[] = [];
  let previous = 0;
  for (const event of decoded) {
    checkEvent(event, groupId);
    const version = versionOf(event);
    if (!Number.isSafeInteger(version) || version <= previous) {
      throw new TypeError(
        `Cannot decode a commit: "${event.sequence}" follows version ${previous}`,
      );
    }
    previous = version;
    events.push(rowOf(event, version));
    collectChanges(event, version, changes);
  }
  const first = events[0];
  if (!first) throw new TypeError("Cannot decode a commit: it has no events");
  return {
    groupId,
    sequence: message.sequence,
    storedAtMs: message.storedAtMs,
    sizeBytes: message.data.length,
    firstVersion: first.version,
    version: previous,
    events,
    changes,
  };
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

function rowOf(event: GroupEvent, version: number): EventRow {
  return {
    event_id: event.id,
    command_id: event.causationid,
    group_id: event.partitionkey,
    version,
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

function collectChanges(event: GroupEvent, version: number, into: RowChange[]): void {
  const groupId = event.partitionkey;
  switch (event.type) {
    case "com.todo1m.group.created":
      into.push(groupChange(groupId, version, {
        kind: "put",
        row: {
          name: event.data.name,
          columns: event.data.columns,
          labels: [],
          created_by: event.authid,
          created_at: event.time,
        },
      }));
      return;
    case "com.todo1m.group.updated":
      into.push(groupChange(groupId, version, patchOf(event.data.changes as Changes)));
      return;
    case "com.todo1m.group.deleted":
      into.push(
        groupChange(groupId, version, {
          kind: "patch",
          set: { deleted_at: event.time },
          unset: [],
        }),
      );
      return;
    case "com.todo1m.group.restored":
      into.push(groupChange(groupId, version, { kind: "patch", set: {}, unset: ["deleted_at"] }));
      return;
    case "com.todo1m.member.added":
    case "com.todo1m.member.role_changed":
    case "com.todo1m.member.removed":
      into.push(memberChange(event, version));
      return;
    case "com.todo1m.todo.created":
    case "com.todo1m.todo.restored":
      putTodo(event.data.todo, { version, into });
      return;
    case "com.todo1m.todo.deleted":
      putTodo(event.data.todo, { version, into, deletedAt: event.time });
      return;
    case "com.todo1m.todo.updated":
    case "com.todo1m.todo.completed":
    case "com.todo1m.todo.reopened":
    case "com.todo1m.todo.moved":
      into.push(touchTodo(event, version, event.data.changes as Changes));
      return;
    case "com.todo1m.comment.added":
      into.push(
        commentChange(event.data.todo_id, version, event.data.comment),
        touchTodo(event, version),
      );
      return;
    case "com.todo1m.comment.edited": {
      const { todo_id: todoId, comment_id: id, changes } = event.data;
      const op = patchOf(changes as unknown as Changes);
      into.push({ table: "todo_comments", id, todoId, version, op }, touchTodo(event, version));
      return;
    }
    case "com.todo1m.comment.deleted": {
      const { todo_id: todoId, comment } = event.data;
      into.push(
        { table: "todo_comments", id: comment.id, todoId, version, op: { kind: "remove" } },
        touchTodo(event, version),
      );
      return;
    }
    default:
      // Written by newer code: it stays readable in todo_events, its meaning is not known here.
      event satisfies never;
  }
}

type Changes = Readonly<Record<string, { from?: unknown; to?: unknown }>>;

function groupChange(groupId: string, version: number, op: Op): RowChange {
  return { table: "groups", id: groupId, version, op };
}

type MemberEvent = Extract<GroupEvent, { readonly type: `com.todo1m.member.${string}` }>;

function memberChange(event: MemberEvent, version: number): RowChange {
  const member = { table: "group_members", id: event.data.user_id, version } as const;
  switch (event.type) {
    case "com.todo1m.member.added": {
      const { role, joined_at = event.time } = event.data;
      return { ...member, op: { kind: "put", row: { role, added_at: joined_at } } };
    }
    case "com.todo1m.member.role_changed":
      return { ...member, op: { kind: "patch", set: { role: event.data.to }, unset: [] } };
    case "com.todo1m.member.removed":
      return { ...member, op: { kind: "remove" } };
  }
}

/** Puts the whole todo with its comments; `deletedAt` says that it is in the bin since then. */
function putTodo(
  whole: Todo,
  options: { version: number; into: RowChange[]; deletedAt?: string },
): void {
  const { version, into, deletedAt } = options;
  const { comments = [], ...todo } = whole;
  const row = { ...todo, version, ...(deletedAt ? { deleted_at: deletedAt } : {}) };
  into.push({ table: "todos", id: todo.id, version, op: { kind: "put", row } });
  for (const comment of comments) into.push(commentChange(todo.id, version, comment));
}

type TodoEvent = Extract<GroupEvent, { readonly data: { readonly todo_id: string } }>;

/** Patches a todo with `changes`, and says on it who touched it last and when. */
function touchTodo(event: TodoEvent, version: number, changes: Changes = {}): RowChange {
  const { set, unset } = patchOf(changes);
  const touched = { updated_by: event.authid, updated_at: event.time, version };
  const op: Op = { kind: "patch", set: { ...set, ...touched }, unset };
  return { table: "todos", id: event.data.todo_id, version, op };
}

function commentChange(todoId: string, version: number, comment: Comment): RowChange {
  const { id, ...row } = comment;
  return { table: "todo_comments", id, todoId, version, op: { kind: "put", row } };
}
