/** Snapshots of groups whose logs are there already, as the hosts that own them write them. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { groupKind } from "../../actors/group/mod.ts";
import { countSnapshots, hostSnapshots, load, NatsLog } from "../../actors/host/testing/mod.ts";
import { createMetrics, Outbox, pause, streamName } from "../../actors/platform/mod.ts";

/** Writes a snapshot of the newest state of each of `groups`; the mean size in bytes of those there are. */
export async function saveSnapshots(
  connection: NatsConnection,
  groups: readonly string[],
): Promise<number> {
  using log = new NatsLog(connection, { kind: "group", shards: 1, outbox: new Outbox(connection) });
  const counted = countSnapshots(createMetrics("bench"));
  const snapshots = hostSnapshots(connection, groupKind, { log, shards: 1, counted });
  for (const group of groups) {
    snapshots.offer(await load({ kind: groupKind, log, snapshots, pause }, group));
    await snapshots.settle();
  }
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info(streamName("SNAP", 0));
  return state.bytes / state.messages;
}
