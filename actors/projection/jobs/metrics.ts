/** What a process measures about the jobs it does. Labels: the kind of job and how it ended only. */
import type { Metrics } from "../../platform/mod.ts";
import type { Job, JobProgress } from "./job.ts";

export type JobMetrics = ReturnType<typeof jobMetrics>;

/** Registers the metrics of jobs. */
export function jobMetrics(metrics: Metrics) {
  const labelNames = ["kind"] as const;
  return {
    running: metrics.gauge({
      name: "tf_projection_job_running",
      help: "Whether a job about the whole read model is being done",
      labelNames,
    }),
    done: metrics.gauge({
      name: "tf_projection_job_messages_done",
      help: "Log messages that the running or last job has dealt with",
      labelNames,
    }),
    total: metrics.gauge({
      name: "tf_projection_job_messages_total",
      help: "Log messages that the running or last job has to deal with",
      labelNames,
    }),
    rate: metrics.gauge({
      name: "tf_projection_job_events_per_second",
      help: "Events per second of the running or last job",
      labelNames,
    }),
    ended: metrics.counter({
      name: "tf_projection_jobs_total",
      help: "Jobs about the whole read model by how they ended",
      labelNames: ["kind", "state"],
    }),
  };
}

export function showProgress(metrics: JobMetrics, { kind }: Job, progress: JobProgress): void {
  metrics.running.set({ kind }, 1);
  metrics.done.set({ kind }, progress.messages_done);
  metrics.total.set({ kind }, progress.messages_total);
  metrics.rate.set({ kind }, progress.events_per_second);
}

export function showEnd(metrics: JobMetrics, { kind }: Job, state: string): void {
  metrics.running.set({ kind }, 0);
  metrics.ended.inc({ kind, state });
}
