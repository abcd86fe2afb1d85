/** Rows of `todo_events` as plain data, in the form that an event of the log has. */
import { type GroupEvent, SEQUENCE_DIGITS, TYPE_PREFIX } from "../../protocol/mod.ts";
import { type EventRow, rowOf } from "../_decode.ts";
import type { Transaction } from "../_writes.ts";
import type { Row } from "./fold.ts";

/** An event with its place, as the log and as the tables know it. */
export interface PlacedRow extends Row, Omit<EventRow, "occurred_at"> {
  readonly shard_id: number;
  readonly stream_sequence: number;
  readonly occurred_at: Date;
}

const COLUMNS = `event_id, command_id, group_id, version::float8 as version, actor_user_id, todo_id,
  event_type, data, shard_id, stream_sequence::float8 as stream_sequence, occurred_at`;

/** The row that `event` of a message must have. */
export function expectedRow(event: GroupEvent, shard: number, sequence: number): Row {
  return { ...rowOf(event), shard_id: shard, stream_sequence: sequence };
}

/** The rows of these events that there are, by id. */
export async function rowsById(
  sql: Transaction,
  ids: readonly string[],
): Promise<Map<string, PlacedRow>> {
  const rows = await sql.unsafe<PlacedRow[]>(
    `select ${COLUMNS} from todo_events where event_id = any ($1::uuid[])`,
    [[...ids]],
    { prepare: true },
  );
  return new Map(rows.map((row) => [row.event_id, row]));
}

/** At most `limit` rows behind a version of a group, in the order of groups and versions. */
export async function rowsAfter(
  sql: Transaction,
  [groupId, version]: readonly [groupId: string, version: number],
  limit: number,
): Promise<PlacedRow[]> {
  return Array.from(
    await sql.unsafe<PlacedRow[]>(
      `select ${COLUMNS} from todo_events where (group_id, version) > ($1, $2::bigint)
       order by group_id, version limit $3`,
      [groupId, version, limit],
      { prepare: true },
    ),
  );
}

/** The event that `row` was made of, as far as the other tables need it. */
export function eventOf(row: PlacedRow): GroupEvent {
  const event = {
    id: row.event_id,
    type: `${TYPE_PREFIX}${row.event_type}`,
    time: row.occurred_at.toISOString(),
    sequence: String(row.version).padStart(SEQUENCE_DIGITS, "0"),
    partitionkey: row.group_id,
    causationid: row.command_id,
    authid: row.actor_user_id,
    data: row.data,
  };
  // What the log said in these fields was compared with the row before.
  return event as unknown as GroupEvent;
}
