/**
 * Compares some groups: reads their log, one group after the other, against their rows of `todo_events`, which
 * are read in the same order and never all at once, and folds it into what the other tables must hold.
 */
import { type NatsConnection, readFrom, type Sql } from "../../platform/mod.ts";
import { type GroupEvent, versionOf } from "../../protocol/mod.ts";
import { groupSubject } from "../../protocol/routing/mod.ts";
import { decodeEvents, rowOf } from "../_decode.ts";
import type { Transaction } from "../_writes.ts";
import { compareRow, compareRows } from "./compare.ts";
import { emptyTables, foldEvent, type Row } from "./fold.ts";
import { readState, type StateTables } from "./read_tables.ts";
import type { Tally } from "./_tally.ts";

/** Rows of `todo_events` in memory at a time. */
const PAGE_ROWS = 500;

export interface PartOptions {
  readonly connection: NatsConnection;
  /** Sees one state of the tables. */
  readonly sql: Transaction;
  readonly stream: string;
  readonly shard: number;
  /** How far the stream is projected. */
  readonly upTo: number;
  /** In the order of their bytes. */
  readonly groupIds: readonly string[];
  readonly tally: Tally;
  readonly onRead: (messages: number, events: number) => void;
}

/** Compares the groups; what is found goes to the tally. */
export async function checkPart(options: PartOptions): Promise<void> {
  const { sql, groupIds, tally } = options;
  const expected = emptyTables();
  const rows = eventRows(sql, groupIds);
  let actual = await rows.next();
  const passTo = async (group: string, version: number) => {
    for (; !actual.done && isBefore(actual.value, group, version); actual = await rows.next()) {
      tellEvent(tally, undefined, actual.value);
    }
  };
  for await (const { event, sequence } of loggedEvents(options)) {
    foldEvent(expected, event);
    const must = { ...rowOf(event), shard_id: options.shard, stream_sequence: sequence };
    await passTo(must.group_id, must.version);
    const isThere = !actual.done && actual.value["group_id"] === must.group_id &&
      actual.value["version"] === must.version;
    tellEvent(tally, must, isThere ? actual.value : undefined);
    if (isThere) actual = await rows.next();
  }
  for (; !actual.done; actual = await rows.next()) tellEvent(tally, undefined, actual.value);
  tellState(tally, expected, await readState(sql as unknown as Sql, groupIds));
}

interface Logged {
  readonly event: GroupEvent;
  readonly sequence: number;
}

/** What of the groups' log is projected: no event that cannot be decoded, none a second time. */
async function* loggedEvents(options: PartOptions): AsyncGenerator<Logged> {
  const { connection, stream, upTo, groupIds, tally, onRead } = options;
  for (const groupId of groupIds) {
    const subject = groupSubject("event", groupId);
    let version = 0;
    for await (const { data, sequence } of readFrom(connection, stream, subject, 1)) {
      if (sequence > upTo) break;
      let events: readonly GroupEvent[] = [];
      try {
        ({ events } = decodeEvents({ subject, data }));
      } catch (error) {
        tally.unreadable(stream, sequence, error);
      }
      for (const event of events) {
        if (versionOf(event) <= version) continue;
        version = versionOf(event);
        yield { event, sequence };
      }
      onRead(1, events.length);
    }
  }
}

async function* eventRows(sql: Transaction, groupIds: readonly string[]): AsyncGenerator<Row> {
  const pages = sql<Row[]>`
    select event_id, command_id, group_id, version::float8 as version, actor_user_id, todo_id,
      event_type, data, shard_id, stream_sequence::float8 as stream_sequence, occurred_at
    from todo_events where group_id = any (${[...groupIds]}::text[])
    order by group_id, version`.cursor(PAGE_ROWS);
  for await (const page of pages) yield* page;
}

function isBefore(row: Row, group: string, version: number): boolean {
  const other = String(row["group_id"]);
  return other === group ? Number(row["version"]) < version : other < group;
}

function tellEvent(tally: Tally, expected: Row | undefined, actual: Row | undefined): void {
  const { group_id, version } = expected ?? actual ?? {};
  const place = { group: String(group_id), table: "todo_events", key: String(version) };
  tally.row(place.table, `${place.group}/${place.key}`, expected, actual);
  tally.differ(compareRow(place, expected, actual));
}

const STATE: readonly (readonly [keyof StateTables, string])[] = [
  ["todos", "todos"],
  ["comments", "todo_comments"],
  ["groups", "groups"],
  ["members", "group_members"],
  ["offsets", "group_projection_offsets"],
];

function tellState(tally: Tally, expected: StateTables, actual: StateTables): void {
  for (const [name, table] of STATE) {
    const [must, is] = [rowsOf(expected[name]), rowsOf(actual[name])];
    for (const key of new Set([...must.keys(), ...is.keys()])) {
      tally.row(table, key, must.get(key), is.get(key));
    }
    tally.differ(compareRows(table, must, is));
  }
}

function rowsOf(table: ReadonlyMap<string, Row | number>): Map<string, Row> {
  return new Map(
    [...table].map(([key, row]) => [key, typeof row === "number" ? { version: row } : row]),
  );
}
