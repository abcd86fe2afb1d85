/**
 * Who last set each field of a todo, when, at which version and from what: folded out of the todo's events,
 * which carry both sides of every change. Pure and total like the fold of the state, with which it agrees:
 * what the fold passes over sets nothing here.
 */
import {
  type Change,
  type GroupEvent,
  type Todo,
  TYPE_PREFIX,
  versionOf,
} from "../../protocol/plain/mod.ts";
import { same } from "./same.ts";

/** What blame needs of an event, from the log or from a read model. */
export type BlamedEvent = Pick<
  GroupEvent,
  "type" | "sequence" | "time" | "authid" | "causationid" | "data"
>;

/** An act that left its mark on a todo. */
export interface Act {
  /** Id of the user who acted; `SYSTEM_ACTOR` when a timer did. */
  readonly actor: string;
  readonly at: string;
  /** The group's version after it. */
  readonly version: number;
  readonly command_id: string;
  /** Type of the event, without the common prefix. */
  readonly type: string;
}

/** The last act that changed a field: from what, to what; a side that had no value is absent. */
export interface FieldBlame extends Act {
  readonly from?: unknown;
  readonly to?: unknown;
}

/** A todo as its events tell of it. */
export interface TodoBlame {
  readonly todo_id: string;
  /** By name of the field; one that was cleared stays, without `to`. */
  readonly fields: ReadonlyMap<string, FieldBlame>;
  /** The deletion in effect; absent while the todo is there. */
  readonly deleted?: Act;
}

/** Says who touched the todo last, or is told of by events of its own. */
const NOT_BLAMED: ReadonlySet<string> = new Set<keyof Todo>([
  "id",
  "comments",
  "updated_by",
  "updated_at",
  "version",
]);

/**
 * `before` moved on by `event`, which is about the same todo and follows in the order of versions.
 *
 * @returns `undefined` as long as the todo has not been created
 */
export function blame(before: TodoBlame | undefined, event: BlamedEvent): TodoBlame | undefined {
  switch (event.type) {
    case "com.todo1m.todo.created":
    case "com.todo1m.todo.restored": {
      const { todo } = event.data as { readonly todo: Todo };
      return { todo_id: todo.id, fields: putWhole(before?.fields ?? new Map(), todo, event) };
    }
    case "com.todo1m.todo.deleted": {
      const { todo } = event.data as { readonly todo: Todo };
      const fields = before?.fields ?? putWhole(new Map(), todo, event);
      return { todo_id: todo.id, fields, deleted: actOf(event) };
    }
    case "com.todo1m.todo.updated":
    case "com.todo1m.todo.completed":
    case "com.todo1m.todo.reopened":
    case "com.todo1m.todo.moved":
    case "com.todo1m.reminder.fired": {
      // The fold passes over changes of what is not there.
      if (!before || before.deleted) return before;
      const { changes } = event.data as { readonly changes: Readonly<Record<string, Change>> };
      return { ...before, fields: setFields(before.fields, Object.entries(changes), event) };
    }
    default:
      return before;
  }
}

/** Every field of `todo` that is not as it was, and every one that is gone, is set by `event`. */
function putWhole(
  before: TodoBlame["fields"],
  todo: Todo,
  event: BlamedEvent,
): TodoBlame["fields"] {
  const after: ReadonlyMap<string, unknown> = new Map(Object.entries(todo));
  const names = new Set([...before.keys(), ...after.keys()]);
  return setFields(
    before,
    [...names].map((name) => [name, changeOf(before.get(name)?.to, after.get(name))]),
    event,
  );
}

function changeOf(from: unknown, to: unknown): Change {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function setFields(
  before: TodoBlame["fields"],
  changes: readonly (readonly [name: string, change: Change])[],
  event: BlamedEvent,
): TodoBlame["fields"] {
  const fields = new Map(before);
  for (const [name, { to }] of changes) {
    const from = before.get(name)?.to;
    if (NOT_BLAMED.has(name) || same(from, to)) continue;
    fields.set(name, { ...actOf(event), ...changeOf(from, to) });
  }
  return fields;
}

function actOf(event: BlamedEvent): Act {
  const { type, time, authid, causationid } = event;
  return {
    actor: authid,
    at: time,
    version: versionOf(event),
    command_id: causationid,
    type: type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : type,
  };
}
