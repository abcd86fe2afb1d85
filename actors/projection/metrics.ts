/** What a projector measures about itself. Labels: the stream shard only. */
import type { Metrics } from "../platform/mod.ts";

export type ProjectionMetrics = ReturnType<typeof projectionMetrics>;

/** What says how far a projection is behind, at any time it is asked. */
interface LagSource {
  seconds(nowMs: number): number;
}

/** Registers the projector's metrics. */
export function projectionMetrics(metrics: Metrics) {
  const labelNames = ["shard"] as const;
  const lags = new Map<string, LagSource>();
  metrics.gauge({
    name: "tf_projection_lag_seconds",
    help:
      "Age of the oldest log message that is not yet projected; rises while the log cannot be looked at",
    labelNames,
    collect() {
      for (const [shard, lag] of lags) this.set({ shard }, lag.seconds(Date.now()));
    },
  });
  return {
    /** Asks `lag` at every scrape from now on, whatever becomes of the projection. */
    followLag: (shard: number, lag: LagSource) => void lags.set(String(shard), lag),
    lagEvents: metrics.gauge({
      name: "tf_projection_lag_events",
      help: "Log messages that were stored but not yet projected when the log was looked at last",
      labelNames,
    }),
    batchEvents: metrics.histogram({
      name: "tf_projection_batch_events",
      help: "Events in one transaction",
      labelNames,
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000],
    }),
    batchSeconds: metrics.histogram({
      name: "tf_projection_batch_duration_seconds",
      help: "Time from the start of a batch to its announcement",
      labelNames,
    }),
    events: metrics.counter({
      name: "tf_projection_events_total",
      help: "Events projected",
      labelNames,
    }),
    gaps: metrics.counter({
      name: "tf_projection_version_gaps_total",
      help: "Places where a group's versions did not follow each other",
      labelNames,
    }),
    brokenLinks: metrics.counter({
      name: "tf_projection_broken_links_total",
      help:
        "Log messages that name other bytes before them than were projected: the log was changed",
      labelNames,
    }),
    retries: metrics.counter({
      name: "tf_projection_retries_total",
      help: "Transactions that failed and were tried again",
      labelNames,
    }),
    poison: metrics.counter({
      name: "tf_poison_total",
      help: "Log messages that could not be projected and were set aside",
      labelNames,
    }),
  };
}
