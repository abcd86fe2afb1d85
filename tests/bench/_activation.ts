/** How long it takes until an actor that was not resident knows its group. */
import type { NatsConnection } from "@nats-io/nats-core";
import { countSnapshots, hostSnapshots, load, NatsLog } from "../../actors/host/testing/mod.ts";
import { createMetrics, Outbox, pause } from "../../actors/platform/mod.ts";
import { groupKind } from "../../actors/group/mod.ts";

const MAX_ROUNDS = 25;
/** Large groups are loaded less often: about so many events in all, by each way. */
const EVENTS = 50_000;

/** A line for each way of loading, and the median of that by a snapshot. */
export interface Activation {
  readonly lines: readonly string[];
  readonly bySnapshotMs: number;
}

/** Loads each of `groups`, again and again, by the log alone and then by a snapshot. */
export async function measureActivation(
  connection: NatsConnection,
  { groups, events }: { readonly groups: readonly string[]; readonly events: number },
): Promise<Activation> {
  using log = new NatsLog(connection, { kind: "group", shards: 1, outbox: new Outbox(connection) });
  const counted = countSnapshots(createMetrics("bench"));
  const snapshots = hostSnapshots(connection, groupKind, { log, shards: 1, counted });
  const byLog = { kind: groupKind, log, pause };
  const rounds = Math.min(MAX_ROUNDS, Math.ceil(EVENTS / events));
  const lines: string[] = [];
  let bySnapshotMs = NaN;
  for (
    const [how, source] of [["log", byLog], ["snapshot", { ...byLog, snapshots }]] as const
  ) {
    if (how === "snapshot") {
      for (const group of groups) snapshots.offer(await load(byLog, group));
      await snapshots.settle();
    }
    const took: number[] = [];
    for (let round = -2; round < rounds; round++) {
      for (const group of groups) {
        const startedAt = performance.now();
        const { version, unsaved } = await load(source, group);
        if (round >= 0) took.push(performance.now() - startedAt);
        if (version !== events) throw new Error(`${group} has ${version} events`);
        if ((how === "snapshot") !== (unsaved.commits === 0)) {
          throw new Error(`${group} was not loaded by the ${how}`);
        }
      }
    }
    took.sort((a, b) => a - b);
    bySnapshotMs = took[Math.floor(took.length / 2)] ?? NaN;
    const at = (q: number) =>
      (took[Math.floor(q * (took.length - 1))] ?? NaN).toFixed(2).padStart(7);
    lines.push(
      `cold activation, ${String(events).padStart(6)} events, by the ${how.padEnd(8)}: ` +
        `p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`,
    );
  }
  return { lines, bySnapshotMs };
}
