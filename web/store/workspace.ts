/**
 * The connected group: one store of signals, fed by its stream. The shell around `group_model.ts`;
 * everything that can be decided without I/O is decided there.
 */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { memberRole, membersOf, type PublicSnapshot } from "../../actors/group/fold/mod.ts";
import type { GroupEvent } from "../../actors/protocol/plain/mod.ts";
import { lastGroup, tokens, user } from "../session/mod.ts";
import {
  type Connection,
  covers,
  type FollowHandlers,
  judgeSnapshot,
  openPageStream,
  type PageStream,
  type SseFrame,
  type Verdict,
} from "../stream/mod.ts";
import { type FeedItem, feedItem, remindersIn } from "./feed.ts";
import {
  EMPTY_MODEL,
  type GroupModel,
  receiveEvents,
  receiveSnapshot,
  rowsOf,
} from "./group_model.ts";
import { groupSummary, updateSummary } from "./groups.ts";
import { resolve } from "./names.ts";
import type { PresenceTold } from "./present.ts";
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

/** Who looks at the connected group, as it was told last. */
export const presenceTold = signal<PresenceTold | undefined>(undefined);

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

/** What is followed, also while nobody is signed in. */
let following: { readonly groupId: string; readonly handlers: FollowHandlers } | undefined;
let stream: PageStream | undefined;
let editing: string | undefined;

/** Keeps the stream of whoever is signed in, which the tabs of the browser share. */
export function startStream(signal: AbortSignal): void {
  const userId = computed(() => user.value?.user_id);
  const stop = effect(() => {
    if (userId.value === undefined) return;
    const opened = openPageStream(userId.value, tokens);
    stream = opened;
    opened.edit(editing);
    if (following) {
      untracked(() => following && opened.follow(following.groupId, following.handlers));
    }
    return () => {
      stream = undefined;
      opened.close();
    };
  });
  signal.addEventListener("abort", stop);
}

/** Says which todo's editor is open, for the others to see. */
export function tellEditing(todoId: string | undefined): void {
  editing = todoId;
  stream?.edit(todoId);
}

/** Follows `groupId`, and no other group any more. */
export function connect(groupId: string): void {
  forget();
  let cursor = "";
  const handlers: FollowHandlers = {
    cursor: () => cursor,
    onFrames: (frames) =>
      batch(() => {
        for (const frame of frames) {
          const taken = take(groupId, frame, cursor);
          cursor = taken.startOver ? "" : taken.keepCursor ? cursor : frame.id || cursor;
          if (taken.verdict !== "go-on") return taken.verdict;
        }
        return "go-on";
      }),
    onConnection: (next) => connection.value = next,
    onRefused: () => leave(groupId),
  };
  batch(() => {
    connectedGroup.value = groupId;
    lastGroup.value = groupId;
  });
  following = { groupId, handlers };
  stream?.follow(groupId, handlers);
}

/** Follows no group any more and forgets the group's content. */
export function disconnect(): void {
  following = undefined;
  stream?.unfollow();
  forget();
}

function forget(): void {
  batch(() => {
    dismissOffers();
    connectedGroup.value = undefined;
    lastGroup.value = "";
    connection.value = { state: "idle" };
    model.value = EMPTY_MODEL;
    feed.value = [];
    presenceTold.value = undefined;
  });
}

interface Taken {
  readonly verdict: Verdict;
  /** The frame was not applied. */
  readonly keepCursor?: boolean;
  /** Nothing of the past can be resumed: start with a snapshot. */
  readonly startOver?: boolean;
}

function take(groupId: string, frame: SseFrame, cursor: string): Taken {
  switch (frame.event) {
    case "snapshot": {
      const judged = judgeSnapshot(cursor, frame.id);
      if (judged === "gap") return { verdict: "reconnect", keepCursor: true };
      if (judged === "pass") return { verdict: "go-on", keepCursor: true };
      model.value = receiveSnapshot(model.peek(), JSON.parse(frame.data) as PublicSnapshot);
      afterChange(groupId);
      return { verdict: "go-on" };
    }
    case "todo-event": {
      // Another tab may have asked for what this one has.
      if (covers(cursor, frame.id)) return { verdict: "go-on", keepCursor: true };
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
    case "presence":
      presenceTold.value = JSON.parse(frame.data) as PresenceTold;
      return { verdict: "go-on" };
    case "bye":
      // Only the one after which nobody is to come back is handed on.
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

/** Tells the feed, shows reminders, and marks rows that others have changed. */
function show(events: readonly GroupEvent[]): void {
  const { confirmed } = model.peek();
  if (!confirmed) return;
  const items = events.map((event) => feedItem(event, confirmed)).reverse();
  feed.value = [...items, ...feed.peek()].slice(0, FEED_LENGTH);
  for (const text of remindersIn(events, confirmed)) notify({ kind: "info", text });
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
