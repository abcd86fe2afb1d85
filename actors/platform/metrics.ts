/** Prometheus metrics of one process: names start with `tf_`, units are in the name. */
import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from "prom-client";

/** Buckets for durations in seconds, from half a millisecond to ten seconds. */
export const DURATION_BUCKETS = [
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

type Named<C> = Omit<C, "registers" | "name"> & { readonly name: `tf_${string}` };

/** A process's registry and the makers of its metrics, all registered there. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string = never>(config: Named<CounterConfiguration<L>>): Counter<L>;
  gauge<L extends string = never>(config: Named<GaugeConfiguration<L>>): Gauge<L>;
  histogram<L extends string = never>(config: Named<HistogramConfiguration<L>>): Histogram<L>;
}

/** Makes the metrics of the process named `process`, with memory and uptime measured at each scrape. */
export function createMetrics(process: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  const metrics: Metrics = {
    registry,
    counter: (config) => new Counter({ ...config, registers: [registry] }),
    gauge: (config) => new Gauge({ ...config, registers: [registry] }),
    histogram: (config) =>
      new Histogram({ buckets: DURATION_BUCKETS, ...config, registers: [registry] }),
  };
  const startedAt = performance.now();
  metrics.gauge({
    name: "tf_process_uptime_seconds",
    help: "Time since the process started",
    collect() {
      this.set((performance.now() - startedAt) / 1000);
    },
  });
  metrics.gauge({
    name: "tf_process_resident_memory_bytes",
    help: "Resident set size of the process",
    collect() {
      this.set(Deno.memoryUsage().rss);
    },
  });
  metrics.gauge({
    name: "tf_process_heap_used_bytes",
    help: "Heap in use",
    collect() {
      this.set(Deno.memoryUsage().heapUsed);
    },
  });
  return metrics;
}
