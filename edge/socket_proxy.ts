/**
 * Passes WebSockets on to the streamer where no gateway does that: connects there first, so that what it
 * refuses is refused here, then hands every message on. Whoever leaves first ends the other side too. Without an answer in
 * time the streamer counts as away.
 */
import { connectWebSocket } from "../actors/platform/mod.ts";
import { type ProblemCode, ProblemError } from "../actors/protocol/mod.ts";
import { type Dependency, Unreachable } from "./resilience/mod.ts";

/** A side that leaves so much unread is cut; a reader resumes. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Without an answer to a ping for so long the client is gone. */
const IDLE_SECONDS = 30;
const NORMAL = 1000;
/** What this runtime may send for the codes of the protocol itself, which only a protocol may. */
const OWN_CODES_FROM = 3000;

const CODES: Readonly<Record<string, ProblemCode>> = {
  400: "malformed",
  401: "unauthenticated",
  403: "forbidden",
  429: "rate-limited",
};

export interface SocketTarget {
  /** Address of the streamer's WebSockets, with the client's query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Says whether the streamer is asked at all. */
  readonly streamer: Dependency;
  /** How long the streamer may take to accept, in milliseconds. */
  readonly answerMs: number;
  /** Ends every WebSocket when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Answers the request for a WebSocket with one that ends at `target`.
 *
 * @throws {ProblemError} when the streamer refuses it, or cannot be reached
 */
export async function passSocketOn(request: Request, target: SocketTarget): Promise<Response> {
  // The streamer may speak first, and say farewell before the client's side is open.
  const early: string[] = [];
  let left: Pick<CloseEvent, "code" | "reason"> | undefined;
  let connecting: WebSocket | undefined;
  const connect = () => {
    connecting = connectWebSocket(target.url, target.headers);
    connecting.onmessage = ({ data }) => void early.push(data);
    connecting.onclose = ({ code, reason }) => void (left = { code, reason });
    return opened(connecting);
  };
  const upstream = await target.streamer.run(connect, { deadlineMs: target.answerMs }).catch(
    (error: unknown) => {
      connecting?.close();
      throw error;
    },
  );
  const { socket: client, response } = accept(request, upstream);
  const end = () => {
    close(client, NORMAL, "");
    close(upstream, NORMAL, "");
  };
  target.signal.addEventListener("abort", end, { once: true });
  const pass = (to: WebSocket, data: string) => {
    if (to.readyState !== WebSocket.OPEN) return;
    if (to.bufferedAmount > MAX_QUEUED_BYTES) end();
    else to.send(data);
  };
  client.onopen = () => {
    for (const data of early) pass(client, data);
    upstream.onmessage = ({ data }) => pass(client, data);
    if (left) close(client, left.code, left.reason);
  };
  client.onmessage = ({ data }) => pass(upstream, data);
  const follow = (from: WebSocket, to: WebSocket) => {
    from.onclose = ({ code, reason }) => {
      target.signal.removeEventListener("abort", end);
      // One that is not open yet could not be told why.
      if (to.readyState === WebSocket.CONNECTING) left = { code, reason };
      else close(to, code, reason);
    };
    // A close follows.
    from.onerror = () => {};
  };
  follow(client, upstream);
  follow(upstream, client);
  return response;
}

/** Takes the client's side; where that is not possible any more, `upstream` is not left open. */
function accept(request: Request, upstream: WebSocket): Deno.WebSocketUpgrade {
  try {
    request.signal.throwIfAborted();
    return Deno.upgradeWebSocket(request, { idleTimeout: IDLE_SECONDS });
  } catch (cause) {
    close(upstream, NORMAL, "");
    const detail = "The connection cannot become a WebSocket; open another one";
    throw new ProblemError({ code: "unavailable", detail }, { cause });
  }
}

function opened(upstream: WebSocket): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    upstream.onopen = () => resolve(upstream);
    upstream.onerror = (event) => reject(refusal(event instanceof ErrorEvent ? event.message : ""));
  });
}

/** What the streamer's status, which the runtime tells in a sentence, means. */
function refusal(message: string): Error {
  const [, status] = /status code: (\d{3})/.exec(message) ?? [];
  if (status === undefined) return new Unreachable("The streamer cannot be reached");
  const code = CODES[status] ?? "unavailable";
  const detail = code === "unavailable"
    ? "WebSockets are not available at this moment"
    : "The streamer takes no WebSocket of this page, address or query";
  return new ProblemError({ code, detail });
}

function close(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState >= WebSocket.CLOSING) return;
  const isOwn = code === NORMAL || code >= OWN_CODES_FROM;
  // 1008 becomes 4008; the reason says the rest.
  socket.close(isOwn ? code : OWN_CODES_FROM + code, reason);
}
