/**
 * Recognises the errors of Postgres that are no defect of ours: it is away, starting, stopping or
 * overloaded, or a value of the request slipped through that it cannot hold.
 */
import type { Problem } from "../../actors/protocol/mod.ts";

const CODES: ReadonlySet<string> = new Set([
  // Of the client library.
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  // Of the socket.
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "ETIMEDOUT",
  // Of the server: shutdown, crash, start-up, too many connections, cancelled by timeout.
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "57014",
  // Not migrated yet.
  "42P01",
]);

/** Class 22, "data exception" (PostgreSQL, appendix A): text with NUL, numbers out of range. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/** The problem to answer with when `error` is one of these, else `undefined`. */
export function problemOfStore(error: Error): Problem | undefined {
  const code = (error as { readonly code?: unknown }).code;
  if (typeof code !== "string") return undefined;
  if (DATA_EXCEPTION.test(code)) {
    return { code: "malformed", detail: "The request has a value that cannot be used" };
  }
  if (!CODES.has(code)) return undefined;
  const detail =
    "The database is not available at this moment; wait as Retry-After says and send the same request again";
  return { code: "unavailable", detail };
}
