/**
 * The other tabs of this browser: Web Locks say who leads and which tabs are gone, however they went, and a
 * BroadcastChannel carries what tabs tell each other. Where a browser lacks them a tab is on its own.
 */
import type { Companions, CompanionsListener } from "./shared_stream.ts";
import type { TabMessage } from "./messages.ts";

/** Locks and channel have this in their names: tabs that do not understand each other do not meet. */
const PROTOCOL = "todo1m.stream.1";

/** Joins the tabs of `userId`; nothing is said to `listener` before this returns. */
export function browserCompanions(userId: string, listener: CompanionsListener): Companions {
  const locks: LockManager | undefined = navigator.locks;
  return locks && "BroadcastChannel" in globalThis
    ? joined(`${PROTOCOL}.${userId}`, { locks, listener })
    : alone(listener);
}

function alone(listener: CompanionsListener): Companions {
  let here = true;
  queueMicrotask(() => here && listener.elected());
  return {
    id: "alone",
    post: () => {},
    takeOver: () => {},
    whenGone: () => () => {},
    leave: () => here = false,
  };
}

function joined(
  name: string,
  { locks, listener }: { locks: LockManager; listener: CompanionsListener },
): Companions {
  const id = crypto.randomUUID();
  const over = new AbortController();
  const { signal } = over;
  const lockOf = (tab: string) => `${name}.tab.${tab}`;
  const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const channel = new BroadcastChannel(name);
  /** What is said before others could tell whether this tab is still there. */
  let unsaid: TabMessage[] | undefined = [];
  let isWaiting = false;
  let isAlone = false;

  channel.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => {
    if (!signal.aborted && !isAlone) listener.heard(data);
  });

  locks.request(lockOf(id), { signal }, () => {
    const messages = unsaid ?? [];
    unsaid = undefined;
    for (const message of messages) channel.postMessage(message);
    wait();
    return left;
  }).catch(failed);

  /** Waits for this tab's turn to lead. */
  function wait(): void {
    if (isWaiting) return;
    isWaiting = true;
    locks.request(name, { signal }, () => {
      isWaiting = false;
      return lead();
    }).catch(lost);
  }

  function lead(): Promise<void> {
    if (!signal.aborted) listener.elected();
    return left;
  }

  /** The lock was stolen; or it was given up together with everything else. */
  function lost(error: unknown): void {
    if (signal.aborted) return;
    if (!isAbort(error)) return failed(error);
    listener.ousted();
    wait();
  }

  /** A browser may have locks and refuse them here. */
  function failed(error: unknown): void {
    if (signal.aborted) return;
    console.warn("The stream is not shared with other tabs", error);
    isAlone = true;
    unsaid = undefined;
    listener.elected();
  }

  return {
    id,
    post(message) {
      if (signal.aborted || isAlone) return;
      if (unsaid) unsaid.push(message);
      else channel.postMessage(message);
    },
    takeOver: () => void locks.request(name, { steal: true }, lead).catch(lost),
    whenGone(tab, gone) {
      const watch = new AbortController();
      locks.request(lockOf(tab), { mode: "shared", signal: watch.signal }, () => {
        if (!watch.signal.aborted) gone();
      }).catch((error: unknown) => {
        if (!isAbort(error)) reportError(error);
      });
      return () => watch.abort();
    },
    leave() {
      over.abort();
      channel.close();
    },
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
