/** The tables but for `todo_events`, of some groups, as they must be and as they are. */
import { compareRows, type Difference } from "./compare.ts";
import type { Row } from "./fold.ts";
import type { StateTables } from "./read_tables.ts";
import type { Tally } from "./_tally.ts";

const STATE: readonly (readonly [keyof StateTables, string])[] = [
  ["todos", "todos"],
  ["comments", "todo_comments"],
  ["groups", "groups"],
  ["members", "group_members"],
  ["offsets", "group_projection_offsets"],
];

/** Adds the rows of both to `tally`; the groups in which they differ. */
export function addState(tally: Tally, expected: StateTables, actual: StateTables): Set<string> {
  const groups = new Set<string>();
  for (const [name, table] of STATE) {
    const [must, is] = [rowsOf(expected[name]), rowsOf(actual[name])];
    for (const key of new Set([...must.keys(), ...is.keys()])) {
      if (tally.row(table, key, must.get(key), is.get(key))) continue;
      groups.add(key.split("/", 1)[0] ?? key);
    }
  }
  return groups;
}

/** Where the two differ. */
export function compareState(expected: StateTables, actual: StateTables): Difference[] {
  return STATE.flatMap(([name, table]) =>
    compareRows(table, rowsOf(expected[name]), rowsOf(actual[name]))
  );
}

function rowsOf(table: ReadonlyMap<string, Row | number>): Map<string, Row> {
  return new Map(
    [...table].map(([key, row]) => [key, typeof row === "number" ? { version: row } : row]),
  );
}
