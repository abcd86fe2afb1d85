/**
 * Orders of todos: which values decide, in which direction, and what comes after what. What a todo does not
 * have comes last in both directions; the newest comes first among what is equal otherwise. Pure.
 */
import { didYouMean, type Todo } from "../protocol/plain/mod.ts";
import { QueryError, quoted } from "./error.ts";
import { foldCase } from "./fold_case.ts";

/** What todos can be ordered by. */
export const SORT_FIELDS = [
  "position",
  "due",
  "priority",
  "created",
  "updated",
  "title",
  "number",
] as const;
export type SortField = (typeof SORT_FIELDS)[number];

export interface SortKey {
  readonly field: SortField;
  readonly descending: boolean;
}

/** One deciding value of a todo; `null` where it has none. */
export type SortValue = string | number | null;

/** Of titles only so much decides: enough to find one, and little enough for a cursor. */
export const TITLE_SORT_CHARS = 64;
const SORT_MAX_KEYS = 4;

/** The order without any other: numbers count up in the order of the group's log. */
export const NEWEST_FIRST: readonly SortKey[] = [{ field: "number", descending: true }];

/**
 * The keys of an order such as `due,-priority`, made total by the number.
 *
 * @throws {QueryError} when a key is unknown or named twice, or there are too many
 */
export function parseSort(text: string): readonly SortKey[] {
  const keys: SortKey[] = [];
  let position = 0;
  for (const part of text.split(",")) {
    const name = part.trim();
    const descending = name.startsWith("-");
    const wanted = descending ? name.slice(1) : name;
    const field = SORT_FIELDS.find((known) => known === wanted);
    if (field === undefined) {
      const expected = `expected ${SORT_FIELDS.join(", ")}, with - in front to turn it round`;
      const guess = didYouMean(wanted, SORT_FIELDS);
      throw new QueryError("unknown-field", position, `${expected}; not ${quoted(name)}${guess}`);
    }
    if (keys.some((key) => key.field === field)) {
      throw new QueryError("syntax", position, `"${field}" is named twice`);
    }
    if (keys.push({ field, descending }) > SORT_MAX_KEYS) {
      throw new QueryError("too-many-conditions", position, `at most ${SORT_MAX_KEYS} keys`);
    }
    position += part.length + 1;
  }
  return keys.some(({ field }) => field === "number") ? keys : [...keys, ...NEWEST_FIRST];
}

/** What decides about the place of `todo` in the order by `keys`. */
export function valuesOf(keys: readonly SortKey[], todo: Todo): SortValue[] {
  return keys.map(({ field }) => valueOf(field, todo));
}

function valueOf(field: SortField, todo: Todo): SortValue {
  switch (field) {
    case "due":
      return todo.due === undefined ? null : `${todo.due.date} ${todo.due.time ?? ""}`;
    case "priority":
      return todo.priority ?? null;
    case "created":
      return todo.created_at;
    case "updated":
      return todo.updated_at;
    case "title":
      return [...foldCase(todo.title)].slice(0, TITLE_SORT_CHARS).join("");
    case "position":
    case "number":
      return todo[field];
    default:
      return field satisfies never;
  }
}

/** Whether `value` can be a value of `field`: for values from outside. */
export function isSortValue(field: SortField, value: unknown): value is SortValue {
  switch (field) {
    case "number":
      return isCount(value);
    case "priority":
      return value === null || isCount(value);
    case "due":
      return value === null || isText(value);
    case "created":
    case "updated":
      return isText(value) && !Number.isNaN(Date.parse(value));
    case "title":
    case "position":
      return isText(value);
    default:
      return field satisfies never;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) < 2 ** 31;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && !value.includes("\0");
}

/** Orders todos by `keys`. */
export function compareBy(keys: readonly SortKey[]): (a: Todo, b: Todo) => number {
  return (a, b) => compareValues(keys, valuesOf(keys, a), valuesOf(keys, b));
}

/** Whether `todo` comes after the one with these `values`. */
export function isAfter(
  keys: readonly SortKey[],
  values: readonly SortValue[],
  todo: Todo,
): boolean {
  return compareValues(keys, valuesOf(keys, todo), values) > 0;
}

function compareValues(
  keys: readonly SortKey[],
  left: readonly SortValue[],
  right: readonly SortValue[],
): number {
  for (const [index, { field, descending }] of keys.entries()) {
    const [a, b] = [left[index] ?? null, right[index] ?? null];
    if (a === null || b === null) {
      if (a !== b) return a === null ? 1 : -1;
      continue;
    }
    const order = compareOne(field, a, b);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function compareOne(field: SortField, a: string | number, b: string | number): number {
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  if (field === "created" || field === "updated") return Date.parse(a) - Date.parse(b);
  return compareCodePoints(a, b);
}

/** Order of UTF-8 bytes, which is that of code points, and Postgres's order of `collate "C"`. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x === y) continue;
    // A surrogate stands for a code point above all others.
    return Number(isSurrogate(x)) - Number(isSurrogate(y)) || x - y;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
