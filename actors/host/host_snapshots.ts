/** The snapshots of a host: on NATS, counted and logged. */
import { setImmediate } from "node:timers";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger, type Metrics } from "../platform/mod.ts";
import type { GroupLog } from "./group_log.ts";
import { NatsSnapshots } from "./nats_snapshots.ts";
import { snapshotSchema } from "./snapshot_schema.ts";
import { Snapshots, type SnapshotsOptions } from "./snapshots.ts";

export interface HostSnapshotsOptions {
  readonly log: GroupLog;
  /** How many streams the snapshots are cut into. */
  readonly shards: number;
  readonly metrics: Metrics;
}

/** The snapshots of the groups in `log`, kept on NATS. */
export function hostSnapshots(
  connection: NatsConnection,
  { log, shards, metrics }: HostSnapshotsOptions,
): Snapshots {
  const giveWay = () => new Promise<void>((resolve) => setImmediate(resolve));
  return new Snapshots({
    store: new NatsSnapshots(connection, { shards, giveWay }),
    log,
    schema: snapshotSchema(),
    giveWay,
    ...observe(metrics),
  });
}

/** Counts each snapshot read and written, and logs what is out of the ordinary. */
function observe(metrics: Metrics): Pick<SnapshotsOptions, "onRead" | "onWrite"> {
  const log = logger("host.snapshots");
  const reads = metrics.counter<"result">({
    name: "tf_snapshot_reads_total",
    help: "Snapshots looked for at activation: found, none, unreadable, or why one was not used",
    labelNames: ["result"],
  });
  const writes = metrics.counter<"result">({
    name: "tf_snapshot_writes_total",
    help: "Snapshots to be written: stored, too-large, failed, or dropped because too many waited",
    labelNames: ["result"],
  });
  return {
    onRead(result, { groupId, error }) {
      reads.inc({ result });
      if (error === undefined) return;
      log.warning("The snapshot of group {groupId} is not used ({result}): {error}", {
        groupId,
        result,
        error,
      });
    },
    onWrite(result, { groupId, error }) {
      writes.inc({ result });
      if (result === "failed") {
        log.warning("The snapshot of group {groupId} is not written: {error}", { groupId, error });
      } else if (result === "too-large") {
        log.info("The snapshot of group {groupId} is too large to be written", { groupId });
      }
    },
  };
}
