/**
 * What each event does to rows of the read model: the meaning of the protocol's events, in terms of puts,
 * patches and removals. Pure; knows nothing of batches or SQL.
 */
import { type Comment, type GroupEvent, type Todo, versionOf } from "../protocol/mod.ts";
import { type Fields, type Op, patchOf } from "./_ops.ts";

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

/**
 * The changes that `event` makes, in order; none for a type that is not known here.
 *
 * @throws {TypeError} when its data is not what its type says
 */
export function changesOf(event: GroupEvent): RowChange[] {
  switch (event.type) {
    case "com.todo1m.group.created":
      return [groupChange(event, {
        kind: "put",
        row: {
          name: event.data.name,
          columns: event.data.columns,
          labels: [],
          created_by: event.authid,
          created_at: event.time,
        },
      })];
    case "com.todo1m.group.updated":
      return [groupChange(event, patchOf(event.data.changes as Changes))];
    case "com.todo1m.group.deleted":
      return [groupChange(event, { kind: "patch", set: { deleted_at: event.time }, unset: [] })];
    case "com.todo1m.group.restored":
      return [groupChange(event, { kind: "patch", set: {}, unset: ["deleted_at"] })];
    case "com.todo1m.member.added":
    case "com.todo1m.member.role_changed":
    case "com.todo1m.member.removed":
      return [memberChange(event)];
    case "com.todo1m.todo.created":
    case "com.todo1m.todo.restored":
      return putTodo(event, event.data.todo);
    case "com.todo1m.todo.deleted":
      return putTodo(event, event.data.todo, { deleted_at: event.time });
    case "com.todo1m.todo.updated":
    case "com.todo1m.todo.completed":
    case "com.todo1m.todo.reopened":
    case "com.todo1m.todo.moved":
    case "com.todo1m.reminder.fired":
      return [touchTodo(event, event.data.changes as Changes)];
    case "com.todo1m.comment.added": {
      const { todo_id, comment } = event.data;
      return [commentChange(event, [todo_id, comment.id], putOf(comment)), touchTodo(event)];
    }
    case "com.todo1m.comment.edited": {
      const { todo_id, comment_id, changes } = event.data;
      const op = patchOf(changes as unknown as Changes);
      return [commentChange(event, [todo_id, comment_id], op), touchTodo(event)];
    }
    case "com.todo1m.comment.deleted": {
      const { todo_id, comment } = event.data;
      const removal = commentChange(event, [todo_id, comment.id], { kind: "remove" });
      return [removal, touchTodo(event)];
    }
    default:
      // Written by newer code: it stays readable in todo_events, its meaning is not known here.
      event satisfies never;
      return [];
  }
}

type Changes = Readonly<Record<string, { from?: unknown; to?: unknown }>>;

function groupChange(event: GroupEvent, op: Op): RowChange {
  return { table: "groups", id: event.partitionkey, version: versionOf(event), op };
}

type MemberEvent = Extract<GroupEvent, { readonly type: `com.todo1m.member.${string}` }>;

function memberChange(event: MemberEvent): RowChange {
  const version = versionOf(event);
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

/** Puts the whole todo, with `more` beside its own fields, and its comments. */
function putTodo(event: GroupEvent, whole: Todo, more: Fields = {}): RowChange[] {
  const { comments = [], ...todo } = whole;
  const version = versionOf(event);
  return [
    {
      table: "todos",
      id: todo.id,
      version,
      op: { kind: "put", row: { ...todo, ...more, version } },
    },
    ...comments.map((comment) => commentChange(event, [todo.id, comment.id], putOf(comment))),
  ];
}

type TodoEvent = Extract<GroupEvent, { readonly data: { readonly todo_id: string } }>;

/** Patches a todo with `changes`, and says on it who touched it last and when. */
function touchTodo(event: TodoEvent, changes: Changes = {}): RowChange {
  const version = versionOf(event);
  const { set, unset } = patchOf(changes);
  const touched = { updated_by: event.authid, updated_at: event.time, version };
  const op: Op = { kind: "patch", set: { ...set, ...touched }, unset };
  return { table: "todos", id: event.data.todo_id, version, op };
}

function commentChange(
  event: GroupEvent,
  [todoId, id]: readonly [todoId: string, commentId: string],
  op: Op,
): RowChange {
  return { table: "todo_comments", id, todoId, version: versionOf(event), op };
}

function putOf({ id: _, ...row }: Comment): Op {
  return { kind: "put", row };
}
