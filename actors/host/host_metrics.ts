/** Metrics of the group host. */
import type { Metrics } from "../platform/mod.ts";

/** Makes the host's metrics; what `read` gives is read at each scrape. */
export function createHostMetrics(
  metrics: Metrics,
  read: {
    readonly resident: () => number;
    readonly bytes: () => number;
    readonly pending: () => number;
    readonly parked: () => number;
    readonly owned: () => number;
    readonly liveHosts: () => number;
    /** By mailbox stream. */
    readonly lags: () => readonly { readonly stream: string; readonly lag: number }[];
  },
) {
  metrics.gauge({
    name: "tf_actor_active",
    help: "Actors in memory",
    collect() {
      this.set(read.resident());
    },
  });
  metrics.gauge({
    name: "tf_actor_bytes",
    help: "Estimated bytes of the actors in memory",
    collect() {
      this.set(read.bytes());
    },
  });
  metrics.gauge({
    name: "tf_actor_mailbox_depth",
    help: "Commands taken from the mailbox whose outcome is not durable yet",
    collect() {
      this.set(read.pending());
    },
  });
  metrics.gauge({
    name: "tf_actor_mailbox_parked",
    help: "Of these, commands that wait in the stream because their actor has enough in memory",
    collect() {
      this.set(read.parked());
    },
  });
  metrics.gauge({
    name: "tf_host_owned_blocks",
    help: "Blocks this host owns",
    collect() {
      this.set(read.owned());
    },
  });
  metrics.gauge({
    name: "tf_host_live_hosts",
    help: "Hosts that are there as far as this one knows, itself included",
    collect() {
      this.set(read.liveHosts());
    },
  });
  metrics.gauge<"stream">({
    name: "tf_host_cursor_lag",
    help: "Messages between the lowest cursor of the owned blocks of a mailbox stream and its end",
    labelNames: ["stream"],
    collect() {
      for (const { stream, lag } of read.lags()) this.set({ stream }, lag);
    },
  });
  return {
    takeovers: metrics.counter<"reason">({
      name: "tf_host_takeovers_total",
      help: "Blocks taken over: from dead owners, handed over by living ones, or unclaimed",
      labelNames: ["reason"],
    }),
    takeoverSeconds: metrics.histogram<"reason">({
      name: "tf_host_takeover_seconds",
      help:
        "Time a block was without an owner: since the dead one's last report, since it was handed " +
        "over, since nobody claimed it; given: from the last command taken to the handover",
      labelNames: ["reason"],
    }),
    outcomes: metrics.counter<"outcome">({
      name: "tf_command_outcomes_total",
      help: "Outcomes sent: committed, replayed or rejected",
      labelNames: ["outcome"],
    }),
    appends: metrics.counter<"result">({
      name: "tf_appends_total",
      help: "Appends to the log by how they ended: stored, conflict or unknown",
      labelNames: ["result"],
    }),
    commandsPerCommit: metrics.histogram({
      name: "tf_commit_commands",
      help: "Commands decided together in one log message",
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    }),
    poison: metrics.counter({
      name: "tf_poison_total",
      help: "Messages set aside on the dead-letter stream",
    }),
  };
}

export type HostMetrics = ReturnType<typeof createHostMetrics>;
