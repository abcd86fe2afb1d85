/**
 * The shared stream in a page: leaves the other tabs when the browser puts the page to sleep, comes back with
 * it, and says whether it is looked at and which todo is being edited.
 */
import type { TokenSource } from "../session/mod.ts";
import { browserCompanions } from "./companions.ts";
import { isRefused, openEventStream } from "./event_stream.ts";
import { presenceTeller } from "./presence_teller.ts";
import { type FollowHandlers, SharedStream } from "./shared_stream.ts";

/** A wait so short only joins what comes together. */
const SHORT_MS = 10;

export interface PageStream {
  /** Follows `groupId`, and no other group any more. */
  follow(groupId: string, handlers: FollowHandlers): void;
  unfollow(): void;
  /** Says which todo's editor is open. */
  edit(todoId: string | undefined): void;
  close(): void;
}

/** The stream of `userId` in this page. */
export function openPageStream(userId: string, tokens: TokenSource): PageStream {
  const over = new AbortController();
  const { signal } = over;
  const stream = new SharedStream({
    join: (listener) => browserCompanions(userId, listener),
    source: {
      open: (handlers) => openEventStream(tokens, handlers),
      isRefused: (groupId) => isRefused(groupId, tokens),
      say: presenceTeller(tokens),
    },
    later,
    nowMs: () => performance.now(),
  });
  let editing: string | undefined;
  const attend = () => {
    const visible = document.visibilityState === "visible";
    stream.attend({ visible, ...(editing === undefined ? {} : { editing }) });
  };
  attend();
  document.addEventListener("visibilitychange", attend, { signal });
  const sleep = () => stream.sleep();
  const wake = () => stream.wake();
  document.addEventListener("freeze", sleep, { signal });
  document.addEventListener("resume", wake, { signal });
  addEventListener("pagehide", sleep, { signal });
  addEventListener("pageshow", wake, { signal });
  return {
    follow: (groupId, handlers) => stream.follow(groupId, handlers),
    unfollow: () => stream.unfollow(),
    edit(todoId) {
      editing = todoId;
      attend();
    },
    close() {
      over.abort();
      stream[Symbol.dispose]();
    },
  };
}

/**
 * Runs `action` after `ms`, unless what is returned is called before. In a page that is not looked at browsers hold
 * up timers for a second or longer, and another tab may wait: there a short one is a message to oneself.
 */
function later(ms: number, action: () => void): () => void {
  if (ms > SHORT_MS || document.visibilityState === "visible") {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    action();
  };
  port2.postMessage(undefined);
  return () => port1.close();
}
