/** How far a group really is: asked of the log when the read model does not hold what a reader wants. */
import type { NatsConnection } from "@nats-io/nats-core";
import { readLast, type Sql, streamName } from "../../actors/platform/mod.ts";
import { decodeCommit, versionOf } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";

/** The group's version in the log; `undefined` when that cannot be known. */
export type LogVersion = (groupId: string) => Promise<number | undefined>;

export function logVersion(
  { sql, connection }: { readonly sql: Sql; readonly connection: NatsConnection },
): LogVersion {
  return async (groupId) => {
    // The read model knows which stream has the group's log, if it knows the group at all.
    const [row] = await sql<{ shard_id: number }[]>`
      select shard_id from todo_events where group_id = ${groupId} order by version desc limit 1`;
    if (!row) return undefined;
    const stream = streamName("EV", row.shard_id);
    const last = await readLast(connection, stream, groupSubject("event", groupId));
    const event = last && decodeCommit(last.data).at(-1);
    return event && versionOf(event);
  };
}
