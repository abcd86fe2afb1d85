/**
 * One group's event stream over `fetch`, so that the token travels in a header. Reconnects by itself
 * with jittered backoff and resumes after the last frame by its cursor. Knows frames and connections,
 * not what events mean.
 */
import { ApiError, errorOf, NetworkError, type TokenSource } from "../session/mod.ts";
import { reconnectAfter, SILENCE_MS } from "../timing/mod.ts";
import { pause } from "./_pause.ts";
import { createSseParser, type SseFrame } from "./sse_parser.ts";

/** What the connection badge shows. */
export type Connection =
  | { readonly state: "idle" | "connecting" | "live" | "offline" | "signed-out" }
  | { readonly state: "reconnecting"; readonly attempt: number };

/** What is to be done after some frames: read on, reconnect from the cursor, or end. */
export type Verdict = "go-on" | "reconnect" | "stop";

export interface StreamHandlers {
  /** The place to resume after; empty to start with a snapshot. */
  readonly cursor: () => string;
  /** Takes the frames of one network chunk, in order. */
  readonly onFrames: (frames: readonly SseFrame[]) => Verdict;
  readonly onConnection: (connection: Connection) => void;
  /** The server will not let this user read the group. */
  readonly onRefused: (error: ApiError) => void;
}

export interface StreamOptions {
  readonly tokens: TokenSource;
  readonly signal: AbortSignal;
  readonly handlers: StreamHandlers;
}

/** Follows the stream of `groupId` until `signal` aborts, a handler says stop, or access ends. */
export async function followGroup(groupId: string, options: StreamOptions): Promise<void> {
  const { signal, handlers } = options;
  let failures = 0;
  handlers.onConnection({ state: "connecting" });
  while (!signal.aborted) {
    const startedMs = performance.now();
    let floorMs = 0;
    try {
      const end = await readConnection(groupId, options);
      if (end.verdict === "stop") return;
      floorMs = end.retryMs;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError) {
        if (error.status === 401) return handlers.onConnection({ state: "signed-out" });
        if (error.status === 403 || error.status === 404) return handlers.onRefused(error);
        floorMs = error.retryAfterMs;
      } else if (!(error instanceof NetworkError)) throw error;
    }
    if (signal.aborted) return;
    const lastedMs = performance.now() - startedMs;
    let next = reconnectAfter(failures, { lastedMs, floorMs }, Math.random());
    if (!navigator.onLine) {
      handlers.onConnection({ state: "offline" });
      await pause(Infinity, signal);
      next = reconnectAfter(0, { lastedMs, floorMs }, Math.random());
    }
    if (signal.aborted) return;
    failures = next.failures;
    handlers.onConnection({ state: "reconnecting", attempt: failures });
    await pause(next.waitMs, signal);
  }
}

interface Ending {
  readonly verdict: Exclude<Verdict, "go-on">;
  /** How long the server asked to wait before coming back. */
  readonly retryMs: number;
}

/** Opens the stream once and reads it to its end. */
async function readConnection(
  groupId: string,
  { tokens, signal, handlers }: StreamOptions,
): Promise<Ending> {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end, { signal: over.signal });
  addEventListener("offline", end, { signal: over.signal });
  let silence = setTimeout(end, SILENCE_MS);
  try {
    const resumed = handlers.cursor() !== "";
    const response = await open(groupId, handlers.cursor(), { tokens, signal: over.signal });
    if (resumed) handlers.onConnection({ state: "live" });
    const parser = createSseParser();
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await overNetwork(reader.read());
      if (done) break;
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
      const frames = parser.push(decoder.decode(value, { stream: true }));
      if (frames.length === 0) continue;
      const verdict = handlers.onFrames(frames);
      if (verdict !== "go-on") return { verdict, retryMs: 0 };
      handlers.onConnection({ state: "live" });
    }
    return { verdict: "reconnect", retryMs: parser.retryMs ?? 0 };
  } finally {
    clearTimeout(silence);
    over.abort();
  }
}

/** Network failures (TypeError) and our own ending of the connection (AbortError) are one kind here. */
async function overNetwork<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const aborted = cause instanceof DOMException && cause.name === "AbortError";
    if (aborted || cause instanceof TypeError) throw new NetworkError({ cause });
    throw cause;
  }
}

async function open(
  groupId: string,
  cursor: string,
  { tokens, signal }: { tokens: TokenSource; signal: AbortSignal },
): Promise<Response> {
  const request = (token: string) =>
    overNetwork(fetch(`/events?group_id=${encodeURIComponent(groupId)}`, {
      headers: {
        accept: "text/event-stream",
        authorization: `Bearer ${token}`,
        ...(cursor === "" ? {} : { "last-event-id": cursor }),
      },
      cache: "no-store",
      credentials: "same-origin",
      signal,
    }));
  const token = await tokens.token();
  let response = await request(token);
  if (response.status === 401) {
    await response.body?.cancel();
    response = await request(await tokens.replace(token));
  }
  if (!response.ok) throw errorOf(response, await overNetwork(response.text()));
  return response;
}
