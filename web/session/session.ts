/**
 * The session of this browser. The access token lives in memory only; the refresh token is an HttpOnly
 * cookie that this code never sees. Tabs refresh one at a time (Web Locks) and hand each other the new
 * token (BroadcastChannel), so that rotation is not raced. Storage keeps no secret: only a mark that
 * says a session may exist.
 */
import { signal } from "@preact/signals";
import { isFresh, refreshInMs } from "../timing/mod.ts";
import { ApiError, call, type TokenSource } from "./api.ts";

export interface User {
  readonly user_id: string;
  readonly username: string;
}

/** `unknown` until the first refresh of this page has been answered. */
export type SessionStatus = "unknown" | "signed-in" | "signed-out";

interface Grant {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly user: User;
}

type TabMessage =
  | { readonly kind: "grant"; readonly grant: Grant }
  | { readonly kind: "signed-out" };

const MARK = "todo1m.session";
const LOCK = "todo1m.refresh";

export const status = signal<SessionStatus>("unknown");
export const user = signal<User | undefined>(undefined);
/** When the access token ends, in milliseconds since the epoch. */
export const expiresAtMs = signal(0);

let grant: Grant | undefined;
let refreshing: Promise<Grant> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let channel: BroadcastChannel | undefined;

/** Listens to the other tabs; called once per page. */
export function startSession(): void {
  channel = new BroadcastChannel("todo1m.session");
  channel.addEventListener("message", (event: MessageEvent<TabMessage>) => {
    if (event.data.kind === "signed-out") forget();
    else if (grant && event.data.grant.user.user_id !== grant.user.user_id) location.reload();
    else take(event.data.grant);
  });
}

/** Whether this browser may hold a session's cookie. */
export function maybeSignedIn(): boolean {
  return localStorage.getItem(MARK) !== null;
}

/** Signs in, or creates the account first. Throws what {@link call} throws. */
export async function enter(
  how: "login" | "register",
  credentials: { username: string; password: string },
): Promise<void> {
  accept(await call(`/api/v1/auth/${how}`, { method: "POST", body: credentials }));
}

/** Ends the session on the server, here and in the other tabs; here and there whatever it answers. */
export async function logout(): Promise<void> {
  try {
    await call("/api/v1/auth/logout", { method: "POST" }, grant?.token);
  } finally {
    channel?.postMessage({ kind: "signed-out" } satisfies TabMessage);
    forget();
  }
}

/** Gets a new access token now, whatever the old one's age. */
export async function refresh(): Promise<void> {
  await refreshFrom(grant?.token);
}

/** Access tokens for requests and streams. */
export const tokens: TokenSource = {
  async token() {
    if (grant && isFresh(grant.expiresAtMs, Date.now())) return grant.token;
    return (await refreshFrom(grant?.token)).token;
  },
  async replace(token) {
    if (grant && grant.token !== token) return grant.token;
    return (await refreshFrom(token)).token;
  },
};

/** One refresh at a time in this tab; `stale` is the token that is to be replaced. */
function refreshFrom(stale: string | undefined): Promise<Grant> {
  refreshing ??= exclusively(async () => {
    // Another tab may have been quicker while this one waited for the lock.
    if (grant && grant.token !== stale) return grant;
    try {
      return accept(await call("/api/v1/auth/refresh", { method: "POST" }));
    } catch (error) {
      // 400: there is no cookie to refresh from.
      if (error instanceof ApiError && (error.status === 401 || error.status === 400)) forget();
      throw error;
    }
  }).finally(() => refreshing = undefined);
  return refreshing;
}

/** Web Locks exist in secure contexts only; elsewhere the tab is on its own. */
function exclusively(work: () => Promise<Grant>): Promise<Grant> {
  const locks: LockManager | undefined = navigator.locks;
  return locks ? locks.request(LOCK, work) : work();
}

function accept(body: unknown): Grant {
  const answer = body as { access_token: string; expires_in?: number } & User;
  const fresh: Grant = {
    token: answer.access_token,
    expiresAtMs: Date.now() + (answer.expires_in ?? 600) * 1000,
    user: { user_id: answer.user_id, username: answer.username },
  };
  take(fresh);
  channel?.postMessage({ kind: "grant", grant: fresh } satisfies TabMessage);
  return fresh;
}

function take(fresh: Grant): void {
  grant = fresh;
  localStorage.setItem(MARK, "1");
  if (user.peek()?.user_id !== fresh.user.user_id) user.value = fresh.user;
  expiresAtMs.value = fresh.expiresAtMs;
  status.value = "signed-in";
  clearTimeout(timer);
  timer = setTimeout(refreshAhead, refreshInMs(fresh.expiresAtMs - Date.now(), Math.random()));
}

function refreshAhead(): void {
  refreshFrom(grant?.token).catch((error: unknown) => {
    // The next request asks again; a session that has ended has already been forgotten.
    if (grant) console.warn("The session could not be refreshed ahead of its end", error);
  });
}

function forget(): void {
  grant = undefined;
  clearTimeout(timer);
  localStorage.removeItem(MARK);
  user.value = undefined;
  expiresAtMs.value = 0;
  status.value = "signed-out";
}
