/** Jobs about the whole read model: rebuilding it and comparing it with the log. */
export * from "./job.ts";
export { type JobEnd, JobSession } from "./job_session.ts";
export { type JobMetrics, jobMetrics, showEnd, showProgress } from "./metrics.ts";
export { ProgressMeter } from "./progress.ts";
export { runJob, type RunJobOptions } from "./run_job.ts";
