/**
 * Compares one group row by row: its own log against its rows of `todo_events`, which are read in the same
 * order and never all at once, and what the log makes of the group against the other tables.
 */
import { type NatsConnection, readFrom } from "../../platform/mod.ts";
import { type GroupEvent, versionOf } from "../../protocol/mod.ts";
import { groupSubject } from "../../protocol/routing/mod.ts";
import { decodeEvents } from "../_decode.ts";
import type { Transaction } from "../_writes.ts";
import { compareRow, type Difference } from "./compare.ts";
import { expectedRow, type PlacedRow, rowsAfter } from "./_event_rows.ts";
import { emptyTables, foldEvent, type Row } from "./fold.ts";
import { readState, type StateTables } from "./read_tables.ts";

/** Rows of `todo_events` in memory at a time. */
const PAGE_ROWS = 500;

export interface GroupOptions {
  readonly connection: NatsConnection;
  /** Sees one state of the tables. */
  readonly sql: Transaction;
  readonly stream: string;
  readonly shard: number;
  /** How far the stream is projected. */
  readonly upTo: number;
  readonly groupId: string;
  /** Told of each row of `todo_events` as it must be and as it is. */
  readonly onEvent: (expected: Row | undefined, actual: Row | undefined) => void;
  readonly onUnreadable: (sequence: number, error: unknown) => void;
}

/** What there must be of the group and what there is, but for its events. */
export interface ComparedGroup {
  readonly messages: number;
  readonly differences: readonly Difference[];
  readonly expected: StateTables;
  readonly actual: StateTables;
}

/** Compares the group; the differences are those of its events. */
export async function compareGroup(options: GroupOptions): Promise<ComparedGroup> {
  const { sql, groupId, shard, onEvent } = options;
  const expected = emptyTables();
  const differences: Difference[] = [];
  const tell = (must: Row | undefined, is: Row | undefined) => {
    const key = String((must ?? is)?.["version"]);
    onEvent(must, is);
    differences.push(...compareRow({ group: groupId, table: "todo_events", key }, must, is));
  };
  const rows = eventRows(sql, groupId);
  let actual = await rows.next();
  let messages = 0;
  for await (const { events, sequence } of loggedEvents(options)) {
    messages++;
    for (const event of events) {
      foldEvent(expected, event);
      const version = versionOf(event);
      for (; !actual.done && actual.value.version < version; actual = await rows.next()) {
        tell(undefined, actual.value);
      }
      const isThere = !actual.done && actual.value.version === version;
      tell(expectedRow(event, shard, sequence), isThere ? actual.value : undefined);
      if (isThere) actual = await rows.next();
    }
  }
  for (; !actual.done; actual = await rows.next()) tell(undefined, actual.value);
  return { messages, differences, expected, actual: await readState(sql, [groupId]) };
}

interface Logged {
  readonly events: readonly GroupEvent[];
  readonly sequence: number;
}

/** What of the group's log is projected: no event that cannot be decoded, none a second time. */
async function* loggedEvents(options: GroupOptions): AsyncGenerator<Logged> {
  const { connection, stream, upTo, groupId, onUnreadable } = options;
  const subject = groupSubject("event", groupId);
  let version = 0;
  for await (const { data, sequence } of readFrom(connection, stream, subject, 1)) {
    if (sequence > upTo) return;
    try {
      const { events } = decodeEvents({ subject, data });
      yield { events: events.filter((event) => versionOf(event) > version), sequence };
      version = Math.max(version, ...events.map(versionOf));
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      onUnreadable(sequence, error);
    }
  }
}

async function* eventRows(sql: Transaction, groupId: string): AsyncGenerator<PlacedRow> {
  let version = 0;
  for (;;) {
    const page = await rowsAfter(sql, [groupId, version], PAGE_ROWS);
    for (const row of page) {
      if (row.group_id !== groupId) return;
      yield row;
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE_ROWS) return;
    version = last.version;
  }
}
