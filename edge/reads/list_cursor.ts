/**
 * The opaque cursor of a list that was chosen or ordered: where the page ended, of which list, and of which
 * moment, so that all pages of a list mean the same by "today" and show the same version of the past.
 */
import { isSortValue, type SortValue } from "../../actors/query/mod.ts";
import { malformed } from "../http/mod.ts";
import type { OrderKey } from "./order_sql.ts";

/** Where a page ended. */
export interface ListEnd {
  readonly values: readonly SortValue[];
  /** What time it was for the list, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Version that the list shows; of a list of the past only. */
  readonly version?: number;
}

const FORM = 3;
/** A year that every reader of dates can have. */
const LATEST_MS = Date.parse("3000-01-01");

/** The cursor's text for the page after `end` of the list `fingerprint`. */
export function formatListCursor(fingerprint: string, end: ListEnd): string {
  const text = JSON.stringify([FORM, fingerprint, end.nowMs, end.version ?? null, end.values]);
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}

/**
 * Reads a cursor made for the list `fingerprint`, which is ordered by `keys`.
 *
 * @throws {ProblemError} `malformed` when it is none, or one of another list
 */
export function parseListCursor(
  fingerprint: string,
  keys: readonly OrderKey[],
  cursor: string,
): ListEnd {
  const [form, list, nowMs, version, values] = decode(cursor);
  const isWhole = form === FORM && list === fingerprint && isWithin(nowMs, LATEST_MS) &&
    (version === null || isWithin(version, Number.MAX_SAFE_INTEGER)) &&
    Array.isArray(values) && values.length === keys.length &&
    keys.every((key, i) => isValueOf(key, values[i]));
  if (!isWhole) throw malformed("cursor does not belong to this list", { parameter: "cursor" });
  return { values, nowMs, ...(version === null ? {} : { version }) };
}

function isWithin(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function isValueOf(key: OrderKey, value: unknown): boolean {
  // A rank is a number of single precision.
  return key.field === "rank"
    ? typeof value === "number" && value >= 0 && value < 1e30
    : isSortValue(key.field, value);
}

function decode(cursor: string): unknown[] {
  try {
    const bytes = Uint8Array.fromBase64(cursor, { alphabet: "base64url" });
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return Array.isArray(value) ? value : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return [];
    throw error;
  }
}
