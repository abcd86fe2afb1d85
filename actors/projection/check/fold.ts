/**
 * The read model as plain data, and what a log must become: one event after the other, with nothing folded,
 * batched or guarded. Shares no code with the projection, so that the two can be held against each other.
 */
import { type Change, decodeCommit, type GroupEvent, type Todo } from "../../protocol/mod.ts";
import type { LogMessage } from "../_decode.ts";
import type { Fields } from "../_ops.ts";

/** A row by column; what is null is absent, times are RFC 3339 texts. */
export type Row = Record<string, unknown>;

/** Rows of each table by key. */
export interface Tables {
  readonly events: Map<string, number>;
  readonly todos: Map<string, Row>;
  readonly comments: Map<string, Row>;
  readonly groups: Map<string, Row>;
  readonly members: Map<string, Row>;
  /** Projected version of each group. */
  readonly offsets: Map<string, number>;
}

export function emptyTables(): Tables {
  return {
    events: new Map(),
    todos: new Map(),
    comments: new Map(),
    groups: new Map(),
    members: new Map(),
    offsets: new Map(),
  };
}

/** What `messages` must become: one event after the other, with nothing folded or guarded. */
export function referenceTables(messages: readonly LogMessage[]): Tables {
  const tables = emptyTables();
  for (const message of messages) {
    for (const event of decodeCommit(message.data)) foldEvent(tables, event);
  }
  return tables;
}

/** Does to `tables` what `event` says. */
export function foldEvent(tables: Tables, event: GroupEvent): void {
  const { todos, comments, groups, members } = tables;
  const group = event.partitionkey;
  const version = Number(event.sequence);
  tables.events.set(event.id, version);
  tables.offsets.set(group, version);
  const edit = (rows: Map<string, Row>, key: string, change: (row: Row) => Row) => {
    const row = rows.get(key);
    if (row) rows.set(key, { ...change(row), version });
  };
  const touch = (todoId: string, changes: object = {}) =>
    edit(todos, `${group}/${todoId}`, (row) => ({
      ...changed(row, changes),
      updated_by: event.authid,
      updated_at: event.time,
    }));
  const put = ({ comments: list = [], ...todo }: Todo, extra: Fields = {}) => {
    todos.set(`${group}/${todo.id}`, { ...todo, ...extra, version });
    for (const { id, ...comment } of list) {
      comments.set(`${group}/${todo.id}/${id}`, { ...comment, version });
    }
  };
  switch (event.type) {
    case "com.todo1m.group.created":
      groups.set(group, {
        ...event.data,
        labels: [],
        created_by: event.authid,
        created_at: event.time,
        version,
      });
      return;
    case "com.todo1m.group.updated":
      return edit(groups, group, (row) => changed(row, event.data.changes));
    case "com.todo1m.group.deleted":
      return edit(groups, group, (row) => ({ ...row, deleted_at: event.time }));
    case "com.todo1m.group.restored":
      return edit(groups, group, ({ deleted_at: _, ...row }) => row);
    case "com.todo1m.member.added": {
      const { user_id, role, joined_at = event.time } = event.data;
      members.set(`${group}/${user_id}`, { role, added_at: joined_at, version });
      return;
    }
    case "com.todo1m.member.role_changed":
      return edit(
        members,
        `${group}/${event.data.user_id}`,
        (row) => ({ ...row, role: event.data.to }),
      );
    case "com.todo1m.member.removed":
      members.delete(`${group}/${event.data.user_id}`);
      return;
    case "com.todo1m.todo.created":
    case "com.todo1m.todo.restored":
      return put(event.data.todo);
    case "com.todo1m.todo.deleted":
      return put(event.data.todo, { deleted_at: event.time });
    case "com.todo1m.todo.updated":
    case "com.todo1m.todo.completed":
    case "com.todo1m.todo.reopened":
    case "com.todo1m.todo.moved":
    case "com.todo1m.reminder.fired":
      return touch(event.data.todo_id, event.data.changes);
    case "com.todo1m.comment.added": {
      const { comment: { id, ...comment }, todo_id } = event.data;
      comments.set(`${group}/${todo_id}/${id}`, { ...comment, version });
      return touch(todo_id);
    }
    case "com.todo1m.comment.edited": {
      const { comment_id, todo_id, changes } = event.data;
      edit(comments, `${group}/${todo_id}/${comment_id}`, (row) => changed(row, changes));
      return touch(todo_id);
    }
    case "com.todo1m.comment.deleted":
      comments.delete(`${group}/${event.data.todo_id}/${event.data.comment.id}`);
      return touch(event.data.todo_id);
    default:
      event satisfies never;
  }
}

function changed(row: Row, changes: object): Row {
  const result = { ...row };
  for (const [field, { to }] of Object.entries(changes as Record<string, Change>)) {
    if (to === undefined) delete result[field];
    else result[field] = to;
  }
  return result;
}
