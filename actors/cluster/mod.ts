/** The runtime as an operator sees it: hosts, blocks, owners, lag, rates and stream sizes. */
export * from "./cluster_info.ts";
export { createClusterMetrics } from "./cluster_metrics.ts";
export * from "./cluster_watch.ts";
