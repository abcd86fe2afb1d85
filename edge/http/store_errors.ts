/** Recognises the errors of a Postgres that is away, starting, stopping or overloaded. */
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

/** The problem to answer with when `error` says that Postgres cannot serve now, else `undefined`. */
export function problemOfStore(error: Error): Problem | undefined {
  const code = (error as { readonly code?: unknown }).code;
  if (typeof code !== "string" || !CODES.has(code)) return undefined;
  return { code: "unavailable", detail: "The read model is not available at this moment" };
}
