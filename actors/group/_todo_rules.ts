/**
 * Rules of the commands about todos. Completing, moving and editing are one thing here: the todo as it
 * will stand is worked out, and what differs names the event. A command that changes nothing is
 * accepted as `todo.updated` without changes, because sending the same thing again must not fail.
 */
import {
  OPEN_TODOS_PER_GROUP,
  type SingleCommandBody,
  type Todo,
  type TodoChanges,
} from "../protocol/mod.ts";
import { type Draft, emit, nextVersion, ownId, successorId } from "./_draft.ts";
import {
  columnAfter,
  DONE_COLUMN,
  findDeletedTodo,
  findTodo,
  firstOpenColumn,
  type GroupState,
  hasColumn,
} from "./fold/mod.ts";
import { freePosition, place, type Placement } from "./_placement.ts";
import { nextDue } from "./_recurrence.ts";
import { invalid, type Refusal, refuse } from "./_refusal.ts";
import {
  changesBetween,
  checkColumn,
  checkFields,
  definedFields,
  type FieldValues,
  withoutEmpty,
} from "./_todo_fields.ts";

type Payload<T extends SingleCommandBody["type"]> = Extract<
  SingleCommandBody,
  { readonly type: T }
>["payload"];

interface Target {
  readonly todo_id: string;
}

export function createTodo(draft: Draft, payload: Payload<"todo.create">): Refusal {
  const { todo_id: id = ownId(draft), status: wanted, before, after, title, ...rest } = payload;
  const { state, command } = draft;
  if (findTodo(state, id) ?? findDeletedTodo(state, id)) {
    return refuse("conflict", `Cannot create todo "${id}": the id is in use`);
  }
  const fields = withoutEmpty(rest);
  const status = wanted ?? firstOpenColumn(state);
  const refusal = checkColumn(state, status) ?? checkFields(state, fields);
  if (refusal) return refusal;
  const completed = status === DONE_COLUMN;
  const full = completed ? undefined : openTodosFull(state);
  if (full) return full;
  const placed = place(state, status, definedFields({ before, after } as Placement));
  if (!placed.ok) return placed.problem;
  const todo = definedFields({
    id,
    number: state.next_todo_number,
    title,
    ...fields,
    status,
    completed,
    completed_at: completed ? draft.now : undefined,
    position: placed.position,
    ...touched(draft),
    created_by: command.actor,
    created_at: draft.now,
  });
  return emit(draft, "todo.created", { todo: todo as Todo });
}

export function updateTodo(draft: Draft, payload: Payload<"todo.update">): Refusal {
  const { todo_id, status, completed, ...rest } = payload;
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return noTodo(todo_id);
  const fields = withoutEmpty(rest);
  const refusal = checkFields(draft.state, fields, todo);
  if (refusal) return refusal;
  const standing = standingAfter(draft.state, todo, { status, completed });
  if ("code" in standing) return standing;
  return changeTodo(draft, todo, { fields, standing, placement: undefined });
}

export function completeTodo(draft: Draft, { todo_id }: Target): Refusal {
  return updateTodo(draft, { todo_id, completed: true });
}

export function reopenTodo(draft: Draft, { todo_id }: Target): Refusal {
  return updateTodo(draft, { todo_id, completed: false });
}

export function moveTodo(draft: Draft, payload: Payload<"todo.move">): Refusal {
  const { todo_id, status, before, after } = payload;
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return noTodo(todo_id);
  const standing = standingAfter(draft.state, todo, { status });
  if ("code" in standing) return standing;
  const placement = definedFields({ before, after } as Placement);
  return changeTodo(draft, todo, { fields: {}, standing, placement });
}

export function deleteTodo(draft: Draft, { todo_id }: Target): Refusal {
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return noTodo(todo_id);
  return emit(draft, "todo.deleted", { todo });
}

export function restoreTodo(draft: Draft, { todo_id }: Target): Refusal {
  const { state } = draft;
  if (findTodo(state, todo_id)) {
    return emit(draft, "todo.updated", { todo_id, changes: {} });
  }
  const deleted = findDeletedTodo(state, todo_id);
  return deleted ? bringBack(draft, deleted) : noTodo(todo_id);
}

/** Restores a deleted todo, in its old place where that still exists. */
export function bringBack(draft: Draft, deleted: Todo): Refusal {
  const { state } = draft;
  const full = deleted.completed ? undefined : openTodosFull(state);
  if (full) return full;
  const fallback = deleted.completed && hasColumn(state, DONE_COLUMN)
    ? DONE_COLUMN
    : firstOpenColumn(state);
  const status = hasColumn(state, deleted.status) ? deleted.status : fallback;
  const position = freePosition(state, status, deleted.position, deleted.id);
  return emit(draft, "todo.restored", {
    todo: { ...deleted, status, position, ...touched(draft) },
  });
}

/** Refuses when the group can take no further open todo. */
export function openTodosFull(state: GroupState): Refusal {
  return state.open_todos < OPEN_TODOS_PER_GROUP
    ? undefined
    : refuse("conflict", `Cannot open a todo: the group has ${OPEN_TODOS_PER_GROUP} open already`);
}

/** Name of the event that these changes amount to. */
export function eventOf(changes: TodoChanges) {
  if (changes.completed) return changes.completed.to ? "todo.completed" : "todo.reopened";
  return changes.status || changes.position ? "todo.moved" : "todo.updated";
}

/** The refusal for a todo that does not exist or is deleted. */
export function noTodo(todoId: string) {
  return refuse("not-found", `Todo "${todoId}" does not exist in the group`);
}

interface Standing {
  readonly status: string;
  readonly completed: boolean;
}

/** Column and completion after a change of either: where there is a column `done`, they go together. */
function standingAfter(
  state: GroupState,
  todo: Todo,
  wanted: { readonly [K in keyof Standing]?: Standing[K] | undefined },
): Standing | NonNullable<Refusal> {
  const { status = todo.status, completed = todo.completed } = wanted;
  const unknown = wanted.status === undefined ? undefined : checkColumn(state, status);
  if (unknown) return unknown;
  if (status !== todo.status) {
    const enters = status === DONE_COLUMN;
    const implied = enters || (todo.status !== DONE_COLUMN && completed);
    if (wanted.completed !== undefined && hasColumn(state, DONE_COLUMN) && completed !== enters) {
      const detail = `Cannot move todo "${todo.id}" to "${status}" with completed ${completed}`;
      return invalid("completed", "contradiction", detail);
    }
    return { status, completed: implied };
  }
  if (completed === todo.completed) return { status, completed };
  if (wanted.status !== undefined && hasColumn(state, DONE_COLUMN)) {
    const detail = `Cannot keep todo "${todo.id}" in "${status}" with completed ${completed}`;
    return completed === (status === DONE_COLUMN)
      ? { status, completed }
      : invalid("completed", "contradiction", detail);
  }
  return { status: columnAfter(state, todo, completed), completed };
}

interface TodoChange {
  readonly fields: FieldValues;
  readonly standing: Standing;
  /** Where in its column, when the command says so; else at the end of a column it enters. */
  readonly placement: Placement | undefined;
}

function changeTodo(draft: Draft, todo: Todo, change: TodoChange): Refusal {
  const { status, completed } = change.standing;
  const reopens = todo.completed && !completed;
  const completes = !todo.completed && completed;
  const full = reopens ? openTodosFull(draft.state) : undefined;
  if (full) return full;
  const placed = change.placement === undefined && status === todo.status
    ? { ok: true as const, position: todo.position }
    : place(draft.state, status, change.placement ?? {}, todo);
  if (!placed.ok) return placed.problem;
  const { completed_at: _, ...rest } = todo;
  const edited = definedFields({ ...rest, ...change.fields }) as Todo;
  const completedAt = completes ? draft.now : completed ? todo.completed_at : undefined;
  const successor = completes ? successorOf(draft, edited) : undefined;
  const changes = changesBetween(
    todo,
    definedFields({
      ...edited,
      status,
      completed,
      completed_at: completedAt,
      position: placed.position,
      // The rule moves on to the next occurrence, so that reopening and completing this one again
      // does not make a second.
      recurrence: successor ? undefined : edited.recurrence,
    }) as Todo,
  );
  emit(draft, eventOf(changes), { todo_id: todo.id, changes });
  return successor && emitSuccessor(draft, successor);
}

type Successor = Omit<Todo, "number" | "position" | "updated_by" | "updated_at" | "version">;

/** The next occurrence of a recurring todo; `undefined` when it does not recur, or no more. */
function successorOf(draft: Draft, todo: Todo): Successor | undefined {
  const due = todo.recurrence && nextDue(todo.recurrence, todo.due, draft.context.nowMs);
  if (!due) return undefined;
  const {
    number: _number,
    comments: _comments,
    position: _position,
    updated_by: _by,
    updated_at: _at,
    version: _version,
    completed_at: _completed,
    fired_reminders: _fired,
    ...kept
  } = todo;
  // Reminders at an instant belonged to this occurrence; those before the due date go with it.
  const reminders = todo.reminders?.filter((reminder) => "before_due_minutes" in reminder);
  return definedFields({
    ...kept,
    id: successorId(draft),
    due,
    status: firstOpenColumn(draft.state),
    completed: false,
    created_at: draft.now,
    reminders: reminders?.length ? reminders : undefined,
    checklist: todo.checklist?.map((item) => ({ ...item, done: false })),
  }) as Successor;
}

function emitSuccessor(draft: Draft, successor: Successor): undefined {
  const placed = place(draft.state, successor.status, {});
  if (!placed.ok) throw new Error("The end of a column is always a place");
  const todo: Todo = {
    ...successor,
    number: draft.state.next_todo_number,
    position: placed.position,
    ...touched(draft),
  };
  return emit(draft, "todo.created", { todo });
}

function touched(draft: Draft) {
  return {
    updated_by: draft.command.actor,
    updated_at: draft.now,
    version: nextVersion(draft),
  };
}
