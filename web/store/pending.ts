/**
 * Commands that this page has made and not yet seen in the log, and what each does to the list until
 * then. Pure. A prediction is replaced, never merged, by what the log says.
 */
import { columnAfter, firstOpenColumn, type GroupState } from "../../actors/group/fold/mod.ts";
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

/**
 * One line of the list as it is shown: the todo with what is pending on top, so that a filter can be asked
 * about it. A todo that is not in the log yet has no `position` (empty) and no `version` (0).
 */
export interface TodoRow extends Todo {
  /** A change to it has not reached the server. */
  readonly waiting?: boolean;
  /** A change to it was refused; the person decides what becomes of it. */
  readonly rejected?: Pending;
}

/** Numbers of todos that are not in the log yet start here, in the order they were made. */
const UNNUMBERED = Number.MAX_SAFE_INTEGER - 1_000_000;

/** Where a pending command meets the list. */
export interface Prediction {
  /** Which of the pending commands it is, from 0. */
  readonly index: number;
  /** The group as the log has it; `undefined` until the first snapshot. */
  readonly group: GroupState | undefined;
}

/** Puts what `pending` does on top of `rows`, which it changes. */
export function predict(
  rows: Map<string, TodoRow>,
  pending: Pending,
  { index, group }: Prediction,
): void {
  const { todo_id } = pending.payload;
  const row = rows.get(todo_id);
  if (pending.progress.state === "rejected") {
    const isNew = pending.type === "todo.create";
    const shown = row ?? (isNew ? madeBy(pending, { index, group }) : undefined);
    if (shown) rows.set(todo_id, { ...shown, rejected: pending });
    return;
  }
  const mark = pending.progress.state === "waiting" ? { waiting: true } : {};
  const touched = { updated_by: pending.actor, updated_at: pending.at, ...mark };
  switch (pending.type) {
    case "todo.create":
      rows.set(todo_id, { ...madeBy(pending, { index, group }), ...mark });
      return;
    case "todo.update":
      if (row) rows.set(todo_id, { ...row, title: pending.payload.title, ...touched });
      return;
    case "todo.complete":
      if (row) {
        const completed_at = row.completed_at ?? pending.at;
        rows.set(todo_id, { ...standing(row, true, group), completed_at, ...touched });
      }
      return;
    case "todo.reopen":
      if (row) {
        const { completed_at: _, ...open } = row;
        rows.set(todo_id, { ...standing(open, false, group), ...touched });
      }
      return;
    case "todo.delete":
      rows.delete(todo_id);
      return;
    case "todo.restore":
      if (!row && pending.before) rows.set(todo_id, { ...pending.before, ...touched });
      return;
    default:
      unreachable(pending);
  }
}

function madeBy(
  pending: Pending & { type: "todo.create" },
  { index, group }: Prediction,
): TodoRow {
  const { actor, at } = pending;
  return {
    id: pending.payload.todo_id,
    number: UNNUMBERED + index,
    title: pending.payload.title,
    status: group ? firstOpenColumn(group) : "",
    completed: false,
    position: "",
    created_by: actor,
    created_at: at,
    updated_by: actor,
    updated_at: at,
    version: 0,
  };
}

/** `row` completed or reopened, in the column where it will stand. */
function standing(row: TodoRow, completed: boolean, group: GroupState | undefined): TodoRow {
  return { ...row, completed, status: group ? columnAfter(group, row, completed) : row.status };
}

function unreachable(value: never): never {
  throw new TypeError(`Cannot predict "${JSON.stringify(value)}"`);
}
