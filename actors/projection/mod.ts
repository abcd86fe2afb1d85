/** The projector: derives the read model in Postgres from the log, and can rebuild it. */
export * from "./errors.ts";
export * from "./metrics.ts";
export * from "./plan.ts";
export * from "./projector.ts";
export * from "./store.ts";
export { decodeMessage, type LogMessage } from "./_decode.ts";
export { type JobRunner, type JobRunnerOptions, startJobRunner } from "./job_runner.ts";
export { workOf } from "./job_work.ts";
export * from "./jobs/mod.ts";
export { type CheckResult, type Difference } from "./check/mod.ts";
export { type RebuildPoint, type RebuildResult } from "./rebuild/mod.ts";
