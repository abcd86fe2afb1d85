/** What the read model knows of a group's log: how far it is projected, and with how many events. */
import type { Sql } from "../../actors/platform/mod.ts";

/** The last projected message of a group. */
export interface Projected {
  /** The group's version after it; 0 when nothing is projected. */
  readonly version: number;
  /** Its sequence in the stream. */
  readonly sequence: number;
  /** SHA-256 (hex) of its bytes as the projector saw them; absent when it has kept none. */
  readonly hash?: string;
}

/** How far the group is projected. */
export async function readProjected(sql: Sql, groupId: string): Promise<Projected> {
  interface Row {
    readonly version: string;
    readonly stream_sequence: string;
    readonly message_hash: string | null;
  }
  const [row] = await sql<Row[]>`
    select version, stream_sequence, message_hash
    from group_projection_offsets where group_id = ${groupId}`;
  const { message_hash: hash = null } = row ?? {};
  return {
    version: Number(row?.version ?? 0),
    sequence: Number(row?.stream_sequence ?? 0),
    ...(hash === null ? {} : { hash }),
  };
}

/** How many events of the group the read model holds up to `version`. */
export async function countEvents(sql: Sql, groupId: string, version: number): Promise<number> {
  const [row] = await sql<{ events: string }[]>`
    select count(*) as events from todo_events
    where group_id = ${groupId} and version <= ${version}`;
  return Number(row?.events ?? 0);
}
