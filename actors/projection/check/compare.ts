/** Compares rows that must be with rows that are, field by field, and sums both up. Pure. */
import { createHash } from "node:crypto";
import type { Row } from "./fold.ts";

/** One way in which the read model is not what the log says. */
export interface Difference {
  readonly group: string;
  readonly table: string;
  /** Of the row, below its group; empty where there is one row a group. */
  readonly key: string;
  /** Absent where a whole row is missing, or should not be there. */
  readonly field?: string;
  readonly kind: "missing" | "unexplained" | "different";
  /** What the log says, and what the tables hold. */
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/** Columns that are instants: what is the same moment is the same. */
const INSTANTS = new Set(["created_at", "edited_at", "added_at", "deleted_at", "occurred_at"]);

/** The differences of one row from what it must be. */
export function compareRow(
  place: Pick<Difference, "group" | "table" | "key">,
  expected: Row | undefined,
  actual: Row | undefined,
): Difference[] {
  if (!expected && !actual) return [];
  if (!actual) return [{ ...place, kind: "missing" }];
  if (!expected) return [{ ...place, kind: "unexplained" }];
  const fields = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...fields].sort().flatMap((field) => {
    const [must, is] = [plain(field, expected[field]), plain(field, actual[field])];
    if (canonical(must) === canonical(is)) return [];
    return [{ ...place, field, kind: "different", expected: must, actual: is }];
  });
}

/** The differences between tables, whose keys are those of the rows, the group's id first. */
export function compareRows(
  table: string,
  expected: ReadonlyMap<string, Row>,
  actual: ReadonlyMap<string, Row>,
): Difference[] {
  return [...new Set([...expected.keys(), ...actual.keys()])].sort().flatMap((id) => {
    const [group = "", ...key] = id.split("/");
    const place = { group, table, key: key.join("/") };
    return compareRow(place, expected.get(id), actual.get(id));
  });
}

/** One line for a row, the same for rows that {@link compareRow} takes for equal. */
export function lineOf(table: string, key: string, row: Row): string {
  const fields = Object.entries(row).map(([field, value]) => [field, plain(field, value)]);
  return `${table} ${key} ${canonical(Object.fromEntries(fields))}\n`;
}

/** JSON with sorted keys: order and absent fields make no difference. */
export function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join()}}`;
}

function plain(field: string, value: unknown): unknown {
  if (value === null) return undefined;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "string" || !INSTANTS.has(field)) return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? value : new Date(ms).toISOString();
}

/** SHA-256 of a line. */
export function digestOf(line: string): Uint8Array {
  return createHash("sha256").update(line).digest();
}

const SIZE = 32;

/** A sum over lines in which their order does not count: the SHA-256 of each, by exclusive or. */
export class Checksum {
  readonly #sum = new Uint8Array(SIZE);

  add(digest: Uint8Array): void {
    for (let i = 0; i < SIZE; i++) this.#sum[i] = (this.#sum[i] ?? 0) ^ (digest[i] ?? 0);
  }

  /** 16 bytes are enough to tell two apart, and can be read aloud. */
  toString(): string {
    return this.#sum.subarray(0, SIZE / 2).toHex();
  }
}
