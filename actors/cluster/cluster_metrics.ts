/**
 * The cluster as metrics: hosts, blocks, mailboxes and streams, for alerts on what no single host can
 * tell, such as blocks that nobody owns. Every process that watches may export them; they agree.
 */
import type { Metrics } from "../platform/mod.ts";
import type { ClusterInfo, HostInfo } from "./cluster_info.ts";
import type { ClusterWatch } from "./cluster_watch.ts";

/** However often it is scraped, the streams are asked for no more often than this. */
const STREAMS_MAX_AGE_MS = 5_000;
/** Longest that a scrape waits for JetStream; its series are missing then. */
const WAIT_MS = 1_000;
const STATES: readonly HostInfo["state"][] = ["live", "draining", "silent"];
/** Streams with series of their own; others of the same server are one, so that labels stay bounded. */
const OWN = /^(DLQ|KEYS|REFUSALS|(CMD|EV|SNAP|TIMER)-\d{1,2}|KV_cursors)$/;

/** Makes the cluster's metrics, of what `watch` sees at each scrape. */
export function createClusterMetrics(
  metrics: Metrics,
  watch: Pick<ClusterWatch, "glance">,
): void {
  let scrape: Promise<void> | undefined;
  // All metrics of a scrape are collected at the same time: they share one glance.
  const collect = () =>
    scrape ??= watch.glance({ maxAgeMs: STREAMS_MAX_AGE_MS, waitMs: WAIT_MS })
      .then(set).finally(() => scrape = undefined);
  const plain = (name: `tf_${string}`, help: string) => metrics.gauge({ name, help, collect });
  const perStream = (name: `tf_${string}`, help: string) =>
    metrics.gauge<"stream">({ name, help, labelNames: ["stream"], collect });

  const hosts = metrics.gauge<"state">({
    name: "tf_cluster_hosts",
    help: "Group hosts heard of in the last minute: live, draining, or silent for too long",
    labelNames: ["state"],
    collect,
  });
  const unowned = plain("tf_cluster_unowned_blocks", "Blocks that no living host says it owns");
  const contested = plain(
    "tf_cluster_contested_blocks",
    "Blocks that more than one living host says it owns",
  );
  const resident = plain("tf_cluster_resident_actors", "Actors in memory of all living hosts");
  const rate = plain("tf_cluster_commands_per_second", "Commands all living hosts decide");
  const depth = perStream(
    "tf_cluster_mailbox_depth",
    "Commands that living hosts took from a mailbox stream and whose outcome is not durable yet",
  );
  const lag = perStream(
    "tf_cluster_cursor_lag",
    "Messages between the lowest cursor of a mailbox stream's blocks and its end; all that are " +
      "stored while one of them has no owner",
  );
  const messages = perStream("tf_jetstream_messages", "Messages a stream holds");
  const bytes = perStream("tf_jetstream_bytes", "Bytes a stream holds");
  const maxBytes = perStream(
    "tf_jetstream_max_bytes",
    "Bytes a stream may hold; missing where nothing limits it",
  );
  const byStream = [depth, lag, messages, bytes, maxBytes];

  function set({ hosts: seen, totals, mailboxes, streams }: ClusterInfo): void {
    for (const state of STATES) {
      hosts.set({ state }, seen.filter((host) => host.state === state).length);
    }
    unowned.set(totals.unowned_blocks);
    contested.set(totals.contested_blocks);
    resident.set(totals.resident_actors);
    rate.set(totals.commands_per_second);
    for (const gauge of byStream) gauge.reset();
    for (const { stream, pending, cursor_lag } of mailboxes) {
      depth.set({ stream }, pending);
      lag.set({ stream }, cursor_lag);
    }
    for (const info of streams) {
      const stream = OWN.test(info.name) ? info.name : "other";
      messages.inc({ stream }, info.messages);
      bytes.inc({ stream }, info.bytes);
      if (stream !== "other" && info.max_bytes !== undefined) {
        maxBytes.set({ stream }, info.max_bytes);
      }
    }
  }
}
