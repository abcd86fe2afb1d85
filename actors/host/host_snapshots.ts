/** The snapshots of a host: on NATS, counted and logged. */
import { setImmediate } from "node:timers";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger, type Metrics } from "../platform/mod.ts";
import type { ActorCommand, ActorKind } from "../kind/mod.ts";
import { type ActorLog, Snapshots, type SnapshotsOptions } from "./actor/mod.ts";
import { NatsSnapshots } from "./nats/mod.ts";

export interface HostSnapshotsOptions {
  readonly log: ActorLog;
  /** How many streams the snapshots are cut into. */
  readonly shards: number;
  /** What {@link countSnapshots} made: one for all kinds. */
  readonly counted: ReturnType<typeof countSnapshots>;
}

/** The snapshots of the actors of `kind` in `log`, kept on NATS. */
export function hostSnapshots<State, Event extends object, Command extends ActorCommand>(
  connection: NatsConnection,
  kind: ActorKind<State, Event, Command>,
  { log, shards, counted }: HostSnapshotsOptions,
): Snapshots<State> {
  const giveWay = () => new Promise<void>((resolve) => setImmediate(resolve));
  return new Snapshots({
    kind,
    store: new NatsSnapshots(connection, { kind: kind.name, shards, giveWay }),
    log,
    giveWay,
    ...counted,
  });
}

/** Counts each snapshot read and written, and logs what is out of the ordinary. */
export function countSnapshots(
  metrics: Metrics,
): Pick<SnapshotsOptions<unknown>, "onRead" | "onWrite"> {
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
    onRead(result, { actorId, error }) {
      reads.inc({ result });
      if (error === undefined) return;
      log.warning("The snapshot of {actorId} is not used ({result}): {error}", {
        actorId,
        result,
        error,
      });
    },
    onWrite(result, { actorId, error }) {
      writes.inc({ result });
      if (result === "failed") {
        log.warning("The snapshot of {actorId} is not written: {error}", { actorId, error });
      } else if (result === "too-large") {
        log.info("The snapshot of {actorId} is too large to be written", { actorId });
      }
    },
  };
}
