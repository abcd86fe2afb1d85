/**
 * Recognises the errors of Postgres that are no defect of ours: it is away, starting, stopping, overloaded or
 * out of space, somebody else was changing the same, or a value of the request slipped through that it
 * cannot hold.
 */
import type { Problem } from "../../actors/protocol/mod.ts";

/** What an error of Postgres, or of the way to it, says. */
export type StoreFault = "away" | "contended" | "full" | "data";

/** Codes of the client library, of the socket, and SQLSTATEs (PostgreSQL, appendix A). */
const FAULTS: ReadonlyMap<string, StoreFault> = new Map([
  ...away(
    // Of the client library.
    "CONNECTION_CLOSED",
    "CONNECTION_ENDED",
    "CONNECTION_DESTROYED",
    "CONNECT_TIMEOUT",
    // Of the socket, and of the look-up of the host.
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    // A standby that takes no writes, as during a change of the primary.
    "25006",
    // Cancelled by timeout.
    "57014",
    // Not migrated yet.
    "42P01",
  ),
  // A serialization failure, a deadlock, a lock that was not free in time: rolled back, and worth another try.
  ["40001", "contended"],
  ["40P01", "contended"],
  ["55P03", "contended"],
  ["53100", "full"],
]);

/** Classes of SQLSTATEs: connection exceptions, insufficient resources, shutdown, crash and start-up. */
const AWAY_CLASS = /^(08[0-9A-Z]{3}|53[0-9A-Z]{3}|57P[0-9A-Z]{2})$/;
/** Class 22, "data exception": text with NUL, numbers out of range. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

const PROBLEMS: Readonly<Record<StoreFault, Problem>> = {
  away: {
    code: "unavailable",
    detail:
      "The database is not available at this moment; wait as Retry-After says and send the same request again",
  },
  contended: {
    code: "unavailable",
    detail:
      "The same was being changed by other requests, so this one changed nothing; wait as Retry-After says and send it again",
  },
  full: {
    code: "storage-full",
    detail: "The database has no storage left; this request stored nothing there",
  },
  data: { code: "malformed", detail: "The request has a value that cannot be used" },
};

/** Which of these `error` is; `undefined` when it is another one. */
export function storeFaultOf(error: unknown): StoreFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as { readonly code?: unknown }).code;
  if (typeof code !== "string") return undefined;
  const known = FAULTS.get(code);
  if (known) return known;
  if (AWAY_CLASS.test(code)) return "away";
  return DATA_EXCEPTION.test(code) ? "data" : undefined;
}

/** The problem to answer with when `error` is one of these, else `undefined`. */
export function problemOfStore(error: Error): Problem | undefined {
  const fault = storeFaultOf(error);
  return fault && PROBLEMS[fault];
}

function away(...codes: string[]): [string, StoreFault][] {
  return codes.map((code) => [code, "away"]);
}
