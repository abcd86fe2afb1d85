/**
 * The connected group: one store of signals, fed by its stream and by the person's own commands. The
 * shell around `group_model.ts`; everything that can be decided without I/O is decided there.
 */
import { batch, computed, signal } from "@preact/signals";
import { v7 as newId } from "uuid";
import type { GroupEvent } from "../../actors/protocol/plain/mod.ts";
import { memberRole, membersOf, type PublicSnapshot } from "../../actors/group/fold/mod.ts";
import { sentence } from "../session/mod.ts";
import { type FeedItem, feedItem } from "./feed.ts";
import { discard, EMPTY_MODEL, enqueue, type GroupModel } from "./group_model.ts";
import { markCommitted, markRejected, markWaiting } from "./group_model.ts";
import { receiveEvents, receiveSnapshot, rowsOf } from "./group_model.ts";
import { type Connection, followGroup, type Verdict } from "./group_stream.ts";
import { groupSummary, updateSummary } from "./groups.ts";
import { resolve } from "./names.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { Pending, TodoCommand, TodoRow } from "./pending.ts";
import { lastGroup } from "../session/mod.ts";
import { tokens, user } from "../session/mod.ts";
import type { SseFrame } from "./sse_parser.ts";
import { dismissOffers, notify } from "./toasts.ts";

const FEED_LENGTH = 200;
const FLASH_MS = 600;

export const connectedGroup = signal<string | undefined>(undefined);
export const connection = signal<Connection>({ state: "idle" });
export const model = signal<GroupModel>(EMPTY_MODEL);
/** Newest first. */
export const feed = signal<readonly FeedItem[]>([]);
/** Todos that someone else has just changed. */
export const flashing = signal<ReadonlySet<string>>(new Set());

export const rows = computed(() => rowsOf(model.value));
export const myRole = computed(() => {
  const { confirmed } = model.value;
  return confirmed && user.value ? memberRole(confirmed, user.value.user_id) : undefined;
});
export const groupName = computed(() =>
  model.value.confirmed?.name || groupSummary(connectedGroup.value)?.group_name || ""
);
export const members = computed(() => {
  const { confirmed } = model.value;
  return confirmed ? membersOf(confirmed) : [];
});
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

let stream: AbortController | undefined;
let outbox: Outbox | undefined;

/** Opens the stream of `groupId`; the one that was open is closed. */
export function connect(groupId: string): void {
  disconnect();
  const controller = new AbortController();
  stream = controller;
  batch(() => {
    connectedGroup.value = groupId;
    lastGroup.value = groupId;
  });
  let cursor = "";
  followGroup(groupId, {
    tokens,
    signal: controller.signal,
    handlers: {
      cursor: () => cursor,
      onFrames: (frames) =>
        batch(() => {
          for (const frame of frames) {
            const taken = take(groupId, frame);
            cursor = taken.startOver ? "" : taken.keepCursor ? cursor : frame.id || cursor;
            if (taken.verdict !== "go-on") return taken.verdict;
          }
          return "go-on";
        }),
      onConnection: (next) => {
        if (stream === controller && !same(next, connection.peek())) connection.value = next;
      },
      onRefused: () => leave(groupId),
    },
  }).catch(reportError);
}

/** Closes the stream and forgets the group's content. */
export function disconnect(): void {
  stream?.abort();
  stream = undefined;
  batch(() => {
    dismissOffers();
    connectedGroup.value = undefined;
    lastGroup.value = "";
    connection.value = { state: "idle" };
    model.value = EMPTY_MODEL;
    feed.value = [];
  });
}

function same(a: Connection, b: Connection): boolean {
  return a.state === b.state &&
    (a.state !== "reconnecting" || b.state !== "reconnecting" || a.attempt === b.attempt);
}

interface Taken {
  readonly verdict: Verdict;
  /** The frame was not applied: resume before it. */
  readonly keepCursor?: boolean;
  /** Nothing of the past can be resumed: start with a snapshot. */
  readonly startOver?: boolean;
}

function take(groupId: string, frame: SseFrame): Taken {
  switch (frame.event) {
    case "snapshot":
      model.value = receiveSnapshot(model.peek(), JSON.parse(frame.data) as PublicSnapshot);
      afterChange(groupId);
      return { verdict: "go-on" };
    case "todo-event": {
      const received = receiveEvents(model.peek(), JSON.parse(frame.data) as GroupEvent[]);
      if (received.gap) return { verdict: "reconnect", keepCursor: true };
      model.value = received.model;
      if (received.applied.length > 0) show(received.applied);
      afterChange(groupId);
      return { verdict: "go-on" };
    }
    case "reset":
      // A snapshot follows; until it is here, what is shown is better than nothing.
      return { verdict: "go-on", startOver: true };
    case "bye":
      if ((JSON.parse(frame.data) as { retry?: string }).retry !== "stop") {
        return { verdict: "reconnect" };
      }
      disconnect();
      notify({ kind: "info", text: "The server ended the connection to the group." });
      return { verdict: "stop" };
    case "revoked":
      leave(groupId, (JSON.parse(frame.data) as { reason?: string }).reason);
      return { verdict: "stop" };
    default:
      // Frames of a newer server that this page does not know are not for it.
      return { verdict: "go-on" };
  }
}

/** Tells the feed, and marks rows that others have changed. */
function show(events: readonly GroupEvent[]): void {
  const { confirmed } = model.peek();
  if (!confirmed) return;
  const items = events.map((event) => feedItem(event, confirmed)).reverse();
  feed.value = [...items, ...feed.peek()].slice(0, FEED_LENGTH);
  const touched = events
    .filter((event) => event.authid !== user.peek()?.user_id && event.subject.startsWith("todos/"))
    .map((event) => event.subject.slice("todos/".length));
  if (touched.length === 0) return;
  flashing.value = new Set([...flashing.peek(), ...touched]);
  setTimeout(() => {
    flashing.value = new Set([...flashing.peek()].filter((id) => !touched.includes(id)));
  }, FLASH_MS);
}

/** Keeps the list of groups and the names in step with the group's state. */
function afterChange(groupId: string): void {
  const { confirmed } = model.peek();
  const role = myRole.peek();
  if (!confirmed || !role) return;
  updateSummary(groupId, { group_id: groupId, group_name: confirmed.name, role });
  resolve(groupId, members.peek().map((member) => member.user_id)).catch(reportError);
}

/** The server ended this user's access to the group. */
function leave(groupId: string, reason?: string): void {
  const name = groupName.peek() || "the group";
  const text = reason === "group-deleted"
    ? `“${name}” was deleted.`
    : `You are no longer a member of “${name}”.`;
  disconnect();
  updateSummary(groupId, undefined);
  notify({ kind: "info", text });
}

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

export function addTodo(title: string): void {
  submit({ type: "todo.create", payload: { todo_id: newId(), title } });
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
