/**
 * Schemas of what the log tells: todos, comments and the data of every type of event. The types are those
 * of the protocol, which the compiler holds these schemas against; the tests hold them against real logs.
 * Objects that only the platform writes are open: a later version may add fields to them.
 */
import * as v from "valibot";
import {
  Column,
  type Comment as CommentType,
  CommentText,
  EntityId,
  type EventData,
  type EventType,
  type FiredReminder as FiredReminderType,
  GroupName,
  Instant,
  Label,
  ROLES,
  Title,
  type Todo as TodoType,
  TODO_FIELDS,
  TYPE_PREFIX,
  UuidV7,
} from "../../actors/protocol/mod.ts";

/** Version of the data of all events; the last part of their `dataschema`. */
export const EVENT_VERSION = 1;

export const Role = v.picklist(ROLES);
export const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A count too, and one that the documents name: the changes of a group until some moment. */
export const Version = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const FiredReminder = v.object({ id: EntityId, at: Instant }) satisfies v.GenericSchema<
  unknown,
  FiredReminderType
>;

export const Comment = v.object({
  id: EntityId,
  text: CommentText,
  author: EntityId,
  created_at: Instant,
  edited_at: v.exactOptional(Instant),
}) satisfies v.GenericSchema<unknown, CommentType>;

/** The fields of a todo that are the same in the log and in the read model. */
export const todoEntries = {
  number: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  title: Title,
  description: v.exactOptional(TODO_FIELDS.description),
  status: TODO_FIELDS.status,
  completed: v.boolean(),
  completed_at: v.exactOptional(Instant),
  priority: v.exactOptional(TODO_FIELDS.priority),
  due: v.exactOptional(TODO_FIELDS.due),
  recurrence: v.exactOptional(TODO_FIELDS.recurrence),
  reminders: v.exactOptional(TODO_FIELDS.reminders),
  fired_reminders: v.exactOptional(v.array(FiredReminder)),
  assignee: v.exactOptional(TODO_FIELDS.assignee),
  labels: v.exactOptional(TODO_FIELDS.labels),
  checklist: v.exactOptional(TODO_FIELDS.checklist),
  position: v.string(),
  created_at: Instant,
  updated_at: Instant,
  version: Version,
};

export const Todo = v.object({
  id: EntityId,
  ...todoEntries,
  comments: v.exactOptional(v.array(Comment)),
  created_by: EntityId,
  updated_by: EntityId,
}) satisfies v.GenericSchema<unknown, TodoType>;

/** A value before and after; a side that had none is absent. */
function change<S extends v.GenericSchema>(schema: S) {
  return v.object({ from: v.exactOptional(schema), to: v.exactOptional(schema) });
}

function changed<S extends v.GenericSchema>(schema: S) {
  return v.exactOptional(change(schema));
}

export const TodoChanges = v.object({
  title: changed(Title),
  description: changed(TODO_FIELDS.description),
  status: changed(TODO_FIELDS.status),
  completed: changed(v.boolean()),
  completed_at: changed(Instant),
  priority: changed(TODO_FIELDS.priority),
  due: changed(TODO_FIELDS.due),
  recurrence: changed(TODO_FIELDS.recurrence),
  reminders: changed(TODO_FIELDS.reminders),
  fired_reminders: changed(v.array(FiredReminder)),
  assignee: changed(TODO_FIELDS.assignee),
  labels: changed(TODO_FIELDS.labels),
  checklist: changed(TODO_FIELDS.checklist),
  position: changed(v.string()),
  created_by: changed(EntityId),
  created_at: changed(Instant),
  updated_by: changed(EntityId),
  updated_at: changed(Instant),
});

/** Which earlier command an event takes back, and which undone one it does again. */
const compensation = { undoes: v.exactOptional(UuidV7), redoes: v.exactOptional(UuidV7) };
const member = { user_id: EntityId, role: Role };
const changedTodo = v.object({ todo_id: EntityId, changes: TodoChanges, ...compensation });
const wholeTodo = v.object({ todo: Todo, ...compensation });
const wholeComment = v.object({ todo_id: EntityId, comment: Comment, ...compensation });
const onlyCompensation = v.object(compensation);

/** Schema of the data of every event, by type. */
export const EVENT_DATA = {
  "group.created": v.object({ name: GroupName, columns: v.array(Column) }),
  "group.updated": v.object({
    changes: v.object({
      name: changed(GroupName),
      columns: changed(v.array(Column)),
      labels: changed(v.array(Label)),
    }),
    ...compensation,
  }),
  "group.deleted": onlyCompensation,
  "group.restored": onlyCompensation,
  "member.added": v.object({ ...member, joined_at: v.exactOptional(Instant), ...compensation }),
  "member.role_changed": v.object({ user_id: EntityId, from: Role, to: Role, ...compensation }),
  "member.removed": v.object({ ...member, joined_at: Instant, ...compensation }),
  "todo.created": wholeTodo,
  "todo.updated": changedTodo,
  "todo.completed": changedTodo,
  "todo.reopened": changedTodo,
  "todo.moved": changedTodo,
  "todo.deleted": wholeTodo,
  "todo.restored": wholeTodo,
  "reminder.fired": v.object({
    todo_id: EntityId,
    reminder_id: EntityId,
    at: Instant,
    changes: v.object({ fired_reminders: change(v.array(FiredReminder)) }),
  }),
  "comment.added": wholeComment,
  "comment.edited": v.object({
    todo_id: EntityId,
    comment_id: EntityId,
    changes: v.object({ text: change(CommentText), edited_at: change(Instant) }),
    ...compensation,
  }),
  "comment.deleted": wholeComment,
} satisfies { [T in EventType]: v.GenericSchema<unknown, EventData[T]> };

export const EVENT_TYPES = Object.keys(EVENT_DATA) as EventType[];

/** Where the schema of the data of events of `type` is served: what their `dataschema` says. */
export function dataSchemaPath(type: EventType): string {
  return `/schemas/${type}/${EVENT_VERSION}.json`;
}

/** An event of `type` in its envelope: CloudEvents 1.0 with the extensions of the platform. */
export function eventSchema(type: EventType) {
  return v.object({
    specversion: v.literal("1.0"),
    id: v.pipe(v.string(), v.minLength(1)),
    type: v.literal(TYPE_PREFIX + type),
    source: v.pipe(v.string(), v.regex(/^\/groups\/[A-Za-z0-9_-]{1,64}$/)),
    subject: v.pipe(v.string(), v.regex(/^(group|(todos|members)\/[A-Za-z0-9_-]{1,64})$/)),
    time: Instant,
    datacontenttype: v.literal("application/json"),
    dataschema: v.literal(dataSchemaPath(type)),
    sequence: v.pipe(v.string(), v.regex(/^\d{10,}$/)),
    partitionkey: EntityId,
    causationid: UuidV7,
    traceparent: v.exactOptional(v.string()),
    authid: EntityId,
    commandhash: v.string(),
    data: EVENT_DATA[type],
  });
}
