/**
 * A log of one group with events of every type, each with an effect that shows. Whoever keeps folded
 * states folds it and compares: a fold that treats any of it otherwise makes other states, and what the
 * fold before it has stored must not be used. Add to it with every type and every field of an event.
 */
import {
  type EventData,
  type EventType,
  type GroupEvent,
  SEQUENCE_DIGITS,
  type Todo,
  TYPE_PREFIX,
} from "../../../protocol/mod.ts";

const GROUP_ID = "golden";
const START_MS = Date.UTC(2026, 0, 1);

type Sketch = { [T in EventType]: readonly [type: T, data: EventData[T]] }[EventType];

const BEFORE: Todo = {
  id: "plain",
  number: 1,
  title: "Plain",
  status: "todo",
  completed: false,
  position: "a0",
  created_by: "ana",
  created_at: "2026-01-01T00:00:00.000Z",
  updated_by: "ana",
  updated_at: "2026-01-01T00:00:00.000Z",
  version: 7,
};

const FULL: Todo = {
  ...BEFORE,
  id: "full",
  number: 4,
  title: "Full",
  description: "Every field",
  priority: 2,
  due: { date: "2026-02-01", time: "09:30", tz: "Europe/Berlin" },
  recurrence: { rule: "FREQ=WEEKLY;BYDAY=MO", anchor: "schedule" },
  reminders: [{ id: "soon", before_due_minutes: 10 }],
  assignee: "ben",
  labels: ["hot"],
  checklist: [{ id: "one", text: "First", done: true }],
  position: "a1",
  comments: [{ id: "k1", text: "Hello", author: "ben", created_at: "2026-01-01T00:00:05.000Z" }],
};

const SKETCHES: readonly Sketch[] = [
  ["group.created", { name: "Golden", columns: columns("todo", "doing", "done") }],
  ["member.added", { user_id: "ana", role: "owner" }],
  ["member.added", { user_id: "ben", role: "member", joined_at: "2025-12-01T00:00:00.000Z" }],
  ["member.role_changed", { user_id: "ben", from: "member", to: "admin" }],
  ["member.added", { user_id: "cid", role: "member" }],
  ["member.removed", { user_id: "cid", role: "member", joined_at: "2026-01-01T00:00:04.000Z" }],
  ["todo.created", { todo: BEFORE }],
  ["todo.created", { todo: FULL }],
  ["todo.moved", {
    todo_id: "plain",
    changes: { status: { from: "todo", to: "doing" }, position: { from: "a0", to: "a3" } },
  }],
  ["group.updated", {
    changes: {
      name: { from: "Golden", to: "Golden group" },
      labels: { to: [{ id: "hot", name: "Hot", color: "#aa0000" }] },
      columns: { to: columns("todo", "done") },
    },
  }],
  ["todo.updated", {
    todo_id: "full",
    changes: { title: { from: "Full", to: "Fuller" }, description: { from: "Every field" } },
  }],
  ["todo.completed", {
    todo_id: "full",
    changes: {
      completed: { from: false, to: true },
      completed_at: { to: "2026-01-01T00:00:11.000Z" },
      status: { from: "todo", to: "done" },
    },
  }],
  ["todo.reopened", {
    todo_id: "full",
    changes: {
      completed: { from: true, to: false },
      completed_at: { from: "2026-01-01T00:00:11.000Z" },
      status: { from: "done", to: "todo" },
    },
    undoes: commandId(12),
  }],
  ["comment.added", {
    todo_id: "full",
    comment: { id: "k0", text: "Earlier", author: "ana", created_at: "2026-01-01T00:00:01.000Z" },
  }],
  ["comment.edited", {
    todo_id: "full",
    comment_id: "k1",
    changes: {
      text: { from: "Hello", to: "Hello there" },
      edited_at: { to: "2026-01-01T00:00:14.000Z" },
    },
  }],
  ["comment.deleted", {
    todo_id: "full",
    comment: { id: "k0", text: "Earlier", author: "ana", created_at: "2026-01-01T00:00:01.000Z" },
  }],
  ["todo.deleted", { todo: FULL }],
  ["todo.deleted", { todo: BEFORE }],
  ["todo.restored", { todo: FULL, undoes: commandId(17) }],
  ["reminder.fired", {
    todo_id: "full",
    reminder_id: "soon",
    at: "2026-02-01T08:20:00.000Z",
    changes: { fired_reminders: { to: [{ id: "soon", at: "2026-02-01T08:20:00.000Z" }] } },
  }],
  ["todo.deleted", { todo: FULL, undoes: commandId(19), redoes: commandId(17) }],
  ["todo.updated", { todo_id: "unheard-of", changes: { title: { from: "a", to: "b" } } }],
  ["group.deleted", {}],
  ["group.restored", {}],
];

function columns(...ids: readonly string[]) {
  return ids.map((id) => ({ id, title: id }));
}

/** Id of the command of the event of `version`: a UUIDv7 of the event's time. */
function commandId(version: number): string {
  const time = (START_MS + 1_000 * version).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/** The golden log: every type of event there is, and one of a type that there is not. */
export function goldenLog(): readonly GroupEvent[] {
  return [...SKETCHES, ["nothing.known", {}] as const].map(([type, data], index) => {
    const version = index + 1;
    return {
      specversion: "1.0",
      id: `event-${version}`,
      type: `${TYPE_PREFIX}${type}`,
      source: `/groups/${GROUP_ID}`,
      subject: "group",
      time: new Date(START_MS + 1_000 * version).toISOString(),
      datacontenttype: "application/json",
      dataschema: `/schemas/${type}/1.json`,
      sequence: String(version).padStart(SEQUENCE_DIGITS, "0"),
      partitionkey: GROUP_ID,
      causationid: commandId(version),
      authid: "ana",
      commandhash: `hash-${version}`,
      data,
      // Type and data belong together in the sketches, which the map over them cannot show.
    } as unknown as GroupEvent;
  });
}
