/**
 * One request as the edge sees it: its id, its trace, where it came from. Made once per request and
 * carried through Hono as the environment, so that no middleware has to store anything.
 */
const RANDOM_BYTES = 16 * 256;
const pool = new Uint8Array(RANDOM_BYTES);
let used = RANDOM_BYTES;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** `count` random bytes in hexadecimal, drawn from a pool: the system is asked once per 256 ids. */
function randomHex(count: number): string {
  if (used + count > RANDOM_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let text = "";
  for (let i = 0; i < count; i++) text += HEX[pool[used++] ?? 0];
  return text;
}

export interface Call {
  /** Names this request in logs, answers and problems. */
  readonly id: string;
  /** W3C trace id, the caller's or a new one. */
  readonly traceId: string;
  /** What is passed on with everything this request causes. */
  readonly traceparent: string;
  /** Address of the peer of the connection, which may be a proxy. */
  readonly peer: string;
  /** Template of the matched route, set by the router; bounded, so fit for a metric label. */
  route: string;
  /** Who asks, once that is known. */
  userId?: string;
  /** Whether it was refused at the door for want of room; then it is a line in a log of all requests only. */
  isShed?: boolean;
  /** Value of the `RateLimit-Policy` and `RateLimit` fields, when a quota applied. */
  rateLimit?: { readonly policy: string; readonly state: string };
}

/** The type parameter of every Hono object of the edge. */
export interface EdgeEnv {
  Bindings: Call;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;
const NO_TRACE = "0".repeat(32);

/** Starts a call for a request from `peer`, joining the caller's trace if it sent a valid one. */
export function startCall(request: Request, peer: string): Call {
  const id = randomHex(16);
  const sent = request.headers.get("traceparent");
  const [, sentTrace = NO_TRACE, sentFlags] = (sent && TRACEPARENT.exec(sent)) || [];
  const joins = sentTrace !== NO_TRACE;
  const traceId = joins ? sentTrace : id;
  // Not sampled unless the caller samples: whoever records traces decides that further out.
  const flags = joins ? sentFlags : "00";
  const traceparent = `00-${traceId}-${randomHex(8)}-${flags}`;
  return { id, traceId, traceparent, peer, route: "none" };
}
