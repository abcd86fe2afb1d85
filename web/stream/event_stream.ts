/**
 * One stream of events over `fetch`, so that the token travels in a header. Reconnects by itself with
 * jittered backoff, each time for what is wanted then. Knows frames and connections, not what events mean,
 * nor who wants them.
 */
import { ApiError, errorOf, NetworkError, type TokenSource } from "../session/mod.ts";
import { reconnectAfter, SILENCE_MS } from "../timing/mod.ts";
import type { Connection, Verdict } from "./connection.ts";
import { pause } from "./pause.ts";
import type { Plan } from "./plan.ts";
import { createSseParser, type SseFrame } from "./sse_parser.ts";

/** What a stream is opened for, and the place to resume after; "" to start with snapshots. */
export interface StreamRequest extends Plan {
  readonly cursor: string;
}

export interface StreamHandlers {
  /** What to ask for now; `undefined` while nothing is wanted, until the stream is renewed. */
  readonly request: () => StreamRequest | undefined;
  /** Takes the frames of one network chunk, in order. */
  readonly onFrames: (frames: readonly SseFrame[]) => Exclude<Verdict, "stop">;
  readonly onConnection: (connection: Connection) => void;
  /** The server will not let this user read some of the groups; whether less is asked for from now on. */
  readonly onRefused: (groupIds: readonly string[]) => Promise<boolean>;
}

export interface EventStream {
  /** Opens the stream again for what is wanted now, at once. */
  renew(): void;
  close(): void;
}

/** Opens the stream that `handlers` ask for and keeps it open until it is closed or the session has ended. */
export function openEventStream(tokens: TokenSource, handlers: StreamHandlers): EventStream {
  let closed = false;
  let attempt = new AbortController();

  async function run(): Promise<void> {
    let failures = 0;
    while (!closed) {
      attempt = new AbortController();
      const { signal } = attempt;
      const request = handlers.request();
      if (!request) {
        handlers.onConnection({ state: "idle" });
        await until(signal);
        failures = 0;
        continue;
      }
      const startedMs = performance.now();
      let floorMs = 0;
      try {
        floorMs = await readConnection(request, { tokens, signal, handlers });
      } catch (error) {
        if (signal.aborted) continue;
        if (error instanceof ApiError) {
          if (error.status === 401) return handlers.onConnection({ state: "signed-out" });
          const refused = error.status === 403 || error.status === 404;
          if (refused && await handlers.onRefused(request.groupIds)) continue;
          floorMs = error.retryAfterMs;
        } else if (!(error instanceof NetworkError)) throw error;
      }
      if (signal.aborted) continue;
      const lastedMs = performance.now() - startedMs;
      let next = reconnectAfter(failures, { lastedMs, floorMs }, Math.random());
      if (!navigator.onLine) {
        handlers.onConnection({ state: "offline" });
        await pause(Infinity, signal);
        next = reconnectAfter(0, { lastedMs, floorMs }, Math.random());
      }
      if (signal.aborted) continue;
      failures = next.failures;
      handlers.onConnection({ state: "reconnecting", attempt: failures });
      await pause(next.waitMs, signal);
    }
  }

  run().catch(reportError);
  return {
    renew: () => attempt.abort(),
    close: () => {
      closed = true;
      attempt.abort();
    },
  };
}

/** Whether the server refuses this user the stream of `groupId`; nothing of it is read. */
export async function isRefused(groupId: string, tokens: TokenSource): Promise<boolean> {
  const over = new AbortController();
  try {
    const request = { groupIds: [groupId], presence: [], cursor: "" };
    await open(request, { tokens, signal: over.signal });
    return false;
  } catch (error) {
    if (error instanceof ApiError) return error.status === 403 || error.status === 404;
    if (error instanceof NetworkError) return false;
    throw error;
  } finally {
    over.abort();
  }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Opens the stream once and reads it to its end; how long the server asks to wait before coming back. */
async function readConnection(
  request: StreamRequest,
  { tokens, signal, handlers }: {
    tokens: TokenSource;
    signal: AbortSignal;
    handlers: StreamHandlers;
  },
): Promise<number> {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end, { signal: over.signal });
  addEventListener("offline", end, { signal: over.signal });
  let silence = setTimeout(end, SILENCE_MS);
  try {
    const response = await open(request, { tokens, signal: over.signal });
    handlers.onConnection({ state: "live" });
    const parser = createSseParser();
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await overNetwork(reader.read());
      if (done || signal.aborted) break;
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
      const frames = parser.push(decoder.decode(value, { stream: true }));
      if (frames.length > 0 && handlers.onFrames(frames) !== "go-on") return 0;
    }
    return parser.retryMs ?? 0;
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
  { groupIds, presence, cursor }: StreamRequest,
  { tokens, signal }: { tokens: TokenSource; signal: AbortSignal },
): Promise<Response> {
  const query = new URLSearchParams({ group_id: groupIds.join(",") });
  if (presence.length > 0) query.set("presence", presence.join(","));
  const request = (token: string) =>
    overNetwork(fetch(`/events?${query}`, {
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
