/**
 * Judges requests that ask for a WebSocket as the streamer does (RFC 6455, section 4.2.1), before anything is opened
 * for them.
 */
import { HeadedProblem, malformed } from "./http/mod.ts";

/** The one version of the protocol (RFC 6455, section 4.4). */
const VERSION = "13";
/** Sixteen bytes in Base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** Whether `request` asks for a WebSocket, however wrong it may be about it. */
export function asksForSocket({ method, headers }: Request): boolean {
  const tokens = (headers.get("connection") ?? "").toLowerCase().split(",");
  return method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket" &&
    tokens.some((token) => token.trim() === "upgrade");
}

/**
 * Whether `answer` makes its connection a WebSocket's. Its fields are the runtime's: older ones let nobody change
 * them, and another `Connection` would undo what it says.
 */
export function opensSocket({ status }: Response): boolean {
  return status === 101;
}

/**
 * Checks the rest of a request that asks for one.
 *
 * @throws {ProblemError} `malformed` when its version or its key is none
 */
export function checkSocketRequest({ headers }: Request): void {
  if (headers.get("sec-websocket-version") !== VERSION) {
    const detail = `Sec-WebSocket-Version must be ${VERSION} (RFC 6455)`;
    const { problem } = malformed(detail, { header: "Sec-WebSocket-Version" });
    throw new HeadedProblem(problem, { "sec-websocket-version": VERSION });
  }
  if (KEY.test(headers.get("sec-websocket-key") ?? "")) return;
  const detail = "Sec-WebSocket-Key must be 16 bytes in Base64 (RFC 6455)";
  throw malformed(detail, { header: "Sec-WebSocket-Key" });
}
