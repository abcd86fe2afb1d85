/**
 * What a person does with todos: shown at once, sent in order, and kept in sight until the log or a
 * refusal has settled it.
 */
import { batch, computed } from "@preact/signals";
import { v7 as newId } from "uuid";
import { sentence, tokens, user } from "../session/mod.ts";
import { shownRows } from "./filter.ts";
import { discard, enqueue, markCommitted, markRejected, markWaiting } from "./group_model.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { Pending, TodoCommand, TodoRow } from "./pending.ts";
import { notify } from "./toasts.ts";
import { connectedGroup, model, rows } from "./workspace.ts";

/** How many commands the server has not taken yet. */
export const unsent = computed(() =>
  model.value.pending.filter(({ progress }) => progress.state === "waiting").length
);

/** Whether commands are on their way that the server may not know yet. */
export function hasUnsettled(): boolean {
  return model.peek().pending.some(({ progress }) =>
    progress.state === "sending" || progress.state === "waiting"
  );
}

let outbox: Outbox | undefined;

/** Starts sending commands; `signal` ends it with the session. */
export function startOutbox(signal: AbortSignal): void {
  outbox = createOutbox({
    tokens,
    signal,
    handlers: {
      onCommitted: ({ command_id }, { version }) => {
        model.value = markCommitted(model.peek(), command_id, version ?? 0);
      },
      onWaiting: ({ command_id }) => model.value = markWaiting(model.peek(), command_id),
      onRejected: (command, error) => {
        model.value = markRejected(model.peek(), command.command_id, error.problem);
        notify({
          kind: "error",
          text: `${failure(command)}: ${sentence(error.problem.detail)}`,
        });
      },
    },
  });
}

function failure(command: Pending): string {
  switch (command.type) {
    case "todo.create":
      return `“${command.payload.title}” was not added`;
    case "todo.delete":
      return `“${command.before?.title ?? "The todo"}” was not deleted`;
    case "todo.restore":
      return `“${command.before?.title ?? "The todo"}” was not restored`;
    default:
      return `“${command.before?.title ?? "The todo"}” was not changed`;
  }
}

/** Shows what `command` does at once and sends it. */
function submit(command: TodoCommand, before?: TodoRow): void {
  const groupId = connectedGroup.peek();
  const actor = user.peek()?.user_id;
  if (!groupId || !actor || !outbox) return;
  const pending: Pending = {
    ...command,
    command_id: newId(),
    group_id: groupId,
    actor,
    at: new Date().toISOString(),
    progress: { state: "sending" },
    ...(before ? { before } : {}),
  };
  model.value = enqueue(model.peek(), pending);
  outbox.send(pending);
}

/** Adds a todo; says so where the filter hides it, because it would seem to be lost. */
export function addTodo(title: string): void {
  const todo_id = newId();
  submit({ type: "todo.create", payload: { todo_id, title } });
  const isIn = (list: readonly TodoRow[]) => list.some(({ id }) => id === todo_id);
  if (isIn(rows.peek()) && !isIn(shownRows.peek())) {
    notify({ kind: "success", text: `“${title}” was added. The filter hides it.` });
  }
}

export function renameTodo(row: TodoRow, title: string): void {
  if (title === row.title) return;
  submit({ type: "todo.update", payload: { todo_id: row.id, title } }, row);
}

export function toggleTodo(row: TodoRow): void {
  const type = row.completed ? "todo.reopen" : "todo.complete";
  submit({ type, payload: { todo_id: row.id } }, row);
}

/** Deletes a todo and offers to take that back. */
export function deleteTodo(row: TodoRow): void {
  submit({ type: "todo.delete", payload: { todo_id: row.id } }, row);
  notify({
    kind: "success",
    text: `Deleted “${row.title}”`,
    action: { label: "Undo", run: () => restoreTodo(row) },
  });
}

export function restoreTodo(row: TodoRow): void {
  submit({ type: "todo.restore", payload: { todo_id: row.id } }, row);
}

/** Sends a refused command again, as a new one. */
export function retryCommand(command: Pending): void {
  batch(() => {
    model.value = discard(model.peek(), command.command_id);
    submit({ type: command.type, payload: command.payload } as TodoCommand, command.before);
  });
}

export function discardCommand(command: Pending): void {
  model.value = discard(model.peek(), command.command_id);
}
