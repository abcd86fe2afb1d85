/** The life of the app page: session first, then groups, then the group that was open last. */
import { computed, effect } from "@preact/signals";
import {
  ApiError,
  lastGroup,
  maybeSignedIn,
  NetworkError,
  refresh,
  status,
  user,
} from "../session/mod.ts";
import { editedTodo, startFilters } from "./filter.ts";
import { groups, groupSummary, loadGroups } from "./groups.ts";
import { learn } from "./names.ts";
import { hasUnsettled, startOutbox } from "./todo_commands.ts";
import { connect, startStream, tellEditing } from "./workspace.ts";
import { backoffMs } from "../timing/mod.ts";
import { pause } from "../stream/mod.ts";

/** How often the list of groups is asked for while the page is looked at. */
const GROUPS_EVERY_MS = 60_000;
/** The same for someone in no group, who is likely waiting to be added to one. */
const FIRST_GROUP_EVERY_MS = 15_000;

/** Starts the app; it lives as long as the page. */
export function startApp(): void {
  const { signal } = new AbortController();
  startOutbox(signal);
  startFilters(signal);
  startStream(signal);
  effect(() => tellEditing(editedTodo.value));
  effect(() => {
    if (user.value) learn([user.value]);
  });
  effect(() => {
    // A session that has ended leaves nothing on the screen, except work that would be lost.
    if (status.value === "signed-out" && !hasUnsettled()) location.replace("/login");
  });
  // What has not reached the server would be lost with the page.
  addEventListener("beforeunload", (event) => {
    if (hasUnsettled()) event.preventDefault();
  });
  begin(signal).catch(reportError);
}

async function begin(signal: AbortSignal): Promise<void> {
  if (!maybeSignedIn()) return location.replace("/login");
  if (!await resumeSession(signal)) return;
  const remembered = lastGroup.peek();
  await loadGroups();
  if (groupSummary(remembered)) connect(remembered);
  keepFresh(signal);
}

/** Whether there is a session; waits while the server cannot be asked. */
async function resumeSession(signal: AbortSignal): Promise<boolean> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await refresh();
      return true;
    } catch (error) {
      const unavailable = error instanceof NetworkError ||
        (error instanceof ApiError && error.retryable);
      if (!unavailable) {
        if (error instanceof ApiError) return false;
        throw error;
      }
      await pause(backoffMs(attempt, Math.random()), signal);
    }
  }
  return false;
}

/** Someone may add this user to a group at any time: ask when the page is looked at again. */
function keepFresh(signal: AbortSignal): void {
  const ask = () => {
    if (document.visibilityState === "visible" && status.peek() === "signed-in") {
      loadGroups().catch(reportError);
    }
  };
  addEventListener("focus", ask, { signal });
  document.addEventListener("visibilitychange", ask, { signal });
  const inNone = computed(() => groups.value.state === "ready" && groups.value.groups.length === 0);
  const stop = effect(() => {
    const timer = setInterval(ask, inNone.value ? FIRST_GROUP_EVERY_MS : GROUPS_EVERY_MS);
    return () => clearInterval(timer);
  });
  signal.addEventListener("abort", stop);
}
