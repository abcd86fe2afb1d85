/** Why a filter or an order cannot be used. Pure. */

/** What is wrong, for programs. */
export type QueryFault =
  | "syntax"
  | "unknown-field"
  | "unknown-operator"
  | "unknown-value"
  | "too-long"
  | "too-deep"
  | "too-many-conditions";

/** A filter or an order that cannot be used; the message says where, and what was expected there. */
export class QueryError extends Error {
  readonly code: QueryFault;
  /** Where in the text, in UTF-16 code units from 0. */
  readonly position: number;

  constructor(code: QueryFault, position: number, reason: string) {
    super(`character ${position + 1}: ${reason}`);
    this.name = "QueryError";
    this.code = code;
    this.position = position;
  }
}

/** The end of a message that quotes what somebody has written, however long that is. */
export function quoted(text: string): string {
  return text.length > 40 ? `"${text.slice(0, 40)}…"` : `"${text}"`;
}
