/**
 * Commands that this page has made and not yet seen in the log, and what each does to the list until
 * then. Pure. A prediction is replaced, never merged, by what the log says.
 */
import type { Problem, Todo } from "../../actors/protocol/mod.ts";

/** The commands on todos that pages send. */
export type TodoCommand =
  | {
    readonly type: "todo.create";
    readonly payload: { readonly todo_id: string; readonly title: string };
  }
  | {
    readonly type: "todo.update";
    readonly payload: { readonly todo_id: string; readonly title: string };
  }
  | {
    readonly type: "todo.complete" | "todo.reopen" | "todo.delete" | "todo.restore";
    readonly payload: { readonly todo_id: string };
  };

/** Where a command stands between the person and the log. */
export type Progress =
  /** On its way, or next in line. */
  | { readonly state: "sending" }
  /** The server could not be reached; it is sent again. */
  | { readonly state: "waiting" }
  /** In the log at this version of the group; the stream has not shown it yet. */
  | { readonly state: "committed"; readonly version: number }
  | { readonly state: "rejected"; readonly problem: Problem };

export type Pending = TodoCommand & {
  readonly command_id: string;
  readonly group_id: string;
  readonly actor: string;
  /** When the person acted, RFC 3339 UTC. */
  readonly at: string;
  readonly progress: Progress;
  /** The todo as it was when the person acted, where it existed. */
  readonly before?: TodoRow;
};

/** One line of the list as it is shown. */
export interface TodoRow {
  readonly id: string;
  readonly title: string;
  readonly completed: boolean;
  readonly completed_at?: string;
  readonly created_by: string;
  readonly created_at: string;
  /** Place in the order of creation; a todo that is not in the log yet comes after all others. */
  readonly number: number;
  /** A change to it has not reached the server. */
  readonly waiting?: boolean;
  /** A change to it was refused; the person decides what becomes of it. */
  readonly rejected?: Pending;
}

const rows = new WeakMap<Todo, TodoRow>();

/** The row of a confirmed todo; the same object for the same todo. */
export function rowOf(todo: Todo): TodoRow {
  const known = rows.get(todo);
  if (known) return known;
  const row: TodoRow = {
    id: todo.id,
    title: todo.title,
    completed: todo.completed,
    ...(todo.completed_at === undefined ? {} : { completed_at: todo.completed_at }),
    created_by: todo.created_by,
    created_at: todo.created_at,
    number: todo.number,
  };
  rows.set(todo, row);
  return row;
}

/** Numbers of todos that are not in the log yet start here, in the order they were made. */
const UNNUMBERED = Number.MAX_SAFE_INTEGER - 1_000_000;

/** Puts what `pending` (the `index`th) does on top of `rows`, which it changes. */
export function predict(rows: Map<string, TodoRow>, pending: Pending, index: number): void {
  const { todo_id } = pending.payload;
  const row = rows.get(todo_id);
  if (pending.progress.state === "rejected") {
    const shown = row ?? (pending.type === "todo.create" ? madeBy(pending, index) : undefined);
    if (shown) rows.set(todo_id, { ...shown, rejected: pending });
    return;
  }
  const mark = pending.progress.state === "waiting" ? { waiting: true } : {};
  switch (pending.type) {
    case "todo.create":
      rows.set(todo_id, { ...madeBy(pending, index), ...mark });
      return;
    case "todo.update":
      if (row) rows.set(todo_id, { ...row, title: pending.payload.title, ...mark });
      return;
    case "todo.complete":
      if (row) {
        rows.set(todo_id, { ...row, completed: true, completed_at: pending.at, ...mark });
      }
      return;
    case "todo.reopen":
      if (row) {
        const { completed_at: _, ...open } = row;
        rows.set(todo_id, { ...open, completed: false, ...mark });
      }
      return;
    case "todo.delete":
      rows.delete(todo_id);
      return;
    case "todo.restore":
      if (!row && pending.before) rows.set(todo_id, { ...pending.before, ...mark });
      return;
    default:
      unreachable(pending);
  }
}

function madeBy(pending: Pending & { type: "todo.create" }, index: number): TodoRow {
  return {
    id: pending.payload.todo_id,
    title: pending.payload.title,
    completed: false,
    created_by: pending.actor,
    created_at: pending.at,
    number: UNNUMBERED + index,
  };
}

function unreachable(value: never): never {
  throw new TypeError(`Cannot predict "${JSON.stringify(value)}"`);
}
