/** What the streamer counts and measures; turns the reports of feeds and connections into metrics. */
import { type ClusterWatch, createClusterMetrics } from "../cluster/mod.ts";
import { createMetrics, logger, type Metrics } from "../platform/mod.ts";
import type { Addresses } from "./addresses.ts";
import type { ConnectionReport } from "./connection_terms.ts";
import type { FeedReport } from "./feed.ts";
import type { Feeds } from "./feeds.ts";
import type { Presence } from "./presence/mod.ts";
import type { Sockets } from "./socket/mod.ts";
import type { Streams } from "./streams.ts";

export interface StreamMetrics {
  readonly registry: Metrics["registry"];
  /** Counts a stream that was opened with a cursor (`resume`) or without (`fresh`). */
  opened(reason: "fresh" | "resume"): void;
  /** Counts a stream that was refused because there are too many, by what has too many. */
  limited(limit: "user" | "address" | "process" | "opening"): void;
  /** Counts a request that was refused, by problem code. */
  refused(code: string): void;
  feed(report: FeedReport): void;
  connection(report: ConnectionReport): void;
  /** Measures these at every scrape. */
  watch(
    parts: {
      readonly streams: Streams;
      readonly addresses: Addresses;
      readonly feeds: Feeds;
      readonly cluster: ClusterWatch;
      readonly presence: Presence;
      readonly sockets: Sockets;
    },
  ): void;
}

/** Makes the streamer's metrics in a registry of their own. */
export function createStreamMetrics(): StreamMetrics {
  const log = logger("stream");
  const metrics = createMetrics("streamer");
  const opens = metrics.counter({
    name: "tf_stream_opens_total",
    help: "Streams opened, by how they started",
    labelNames: ["reason"],
  });
  const closes = metrics.counter({
    name: "tf_stream_closes_total",
    help: "Streams ended, by reason",
    labelNames: ["reason"],
  });
  const refusals = metrics.counter({
    name: "tf_stream_refusals_total",
    help: "Requests refused, by problem code",
    labelNames: ["code"],
  });
  const limited = metrics.counter({
    name: "tf_stream_limited_total",
    help:
      "Streams refused because a user, an address or the process has too many, or too many are being opened",
    labelNames: ["limit"],
  });
  const follows = metrics.counter<"snapshot">({
    name: "tf_stream_follows_total",
    help:
      "Groups begun to be followed: from their snapshot (found), or from the whole log since there was none, it was unreadable or not to be used",
    labelNames: ["snapshot"],
  });
  const events = metrics.counter({
    name: "tf_stream_events_sent_total",
    help: "Commits and snapshots written to readers",
  });
  const resumed = metrics.counter({
    name: "tf_stream_resume_events",
    help: "Commits replayed to readers that came back",
  });
  const resets = metrics.counter({
    name: "tf_stream_resets_total",
    help: "Cursors that could not be honoured, and restarts, by reason",
    labelNames: ["reason"],
  });
  const repairs = metrics.counter({
    name: "tf_stream_feed_repairs_total",
    help: "Times a feed had to be repaired from the log, by kind",
    labelNames: ["kind"],
  });
  const poison = metrics.counter({
    name: "tf_poison_total",
    help: "Log messages that could not be read and were passed over",
  });
  const delivery = metrics.histogram({
    name: "tf_stream_delivery_seconds",
    help: "From the command's acceptance by the mailbox to the write to its group's readers",
  });
  return {
    registry: metrics.registry,
    opened: (reason) => opens.inc({ reason }),
    limited: (limit) => limited.inc({ limit }),
    refused: (code) => refusals.inc({ code }),
    feed(report) {
      switch (report.kind) {
        case "followed":
          follows.inc({ snapshot: report.snapshot });
          if (report.error === undefined) return;
          log.info("The snapshot of {groupId} is not used ({snapshot}): {error}", { ...report });
          return;
        case "delivered":
          delivery.observe(Math.max(0, report.delayMs) / 1000);
          return;
        case "poison":
          poison.inc();
          log.error("Cannot read message {sequence} of group {groupId}: passed over", {
            ...report,
          });
          return;
        case "read-failed":
          log.warning("Cannot read the log of group {groupId}: {error}", { ...report });
          repairs.inc({ kind: report.kind });
          return;
        default:
          if (report.kind !== "gap") log.warning("Feed of {groupId}: {kind}", { ...report });
          repairs.inc({ kind: report.kind });
      }
    },
    connection(report) {
      switch (report.kind) {
        case "sent":
          events.inc(report.events);
          return;
        case "resumed":
          resumed.inc(report.commits);
          return;
        case "reset":
          resets.inc({ reason: report.reason });
          return;
        case "closed":
          closes.inc({ reason: report.reason });
          return;
        default:
          report satisfies never;
      }
    },
    watch({ streams, addresses, feeds, cluster, presence, sockets }) {
      createClusterMetrics(metrics, cluster);
      metrics.gauge({
        name: "tf_stream_connections",
        help: "Open streams",
        collect() {
          this.set(streams.size);
        },
      });
      metrics.gauge({
        name: "tf_stream_sockets_waiting",
        help: "WebSockets that have not said yet who they are",
        collect() {
          this.set(sockets.waiting);
        },
      });
      metrics.gauge({
        name: "tf_stream_presence_groups",
        help: "Groups in which somebody is present at this streamer",
        collect() {
          this.set(presence.size);
        },
      });
      metrics.gauge({
        name: "tf_stream_addresses",
        help: "Client addresses with open streams",
        collect() {
          this.set(addresses.size);
        },
      });
      metrics.gauge({
        name: "tf_stream_queue_bytes",
        help: "Bytes that wait in this process for readers",
        collect() {
          this.set(streams.queuedBytes);
        },
      });
      metrics.gauge({
        name: "tf_stream_feeds",
        help: "Groups followed",
        collect() {
          this.set(feeds.size);
        },
      });
    },
  };
}
