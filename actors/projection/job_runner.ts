/** Does the jobs that operators ask for, one at a time, for as long as the process runs. */
import { logger, type NatsConnection, pause, type Sql } from "../platform/mod.ts";
import { workOf } from "./job_work.ts";
import { type JobMetrics, JobSession, runJob, showEnd, showProgress } from "./jobs/mod.ts";

const LOOK_MS = 1_000;

export interface JobRunnerOptions {
  readonly connection: NatsConnection;
  readonly databaseUrl: string;
  /** For looking whether there is something to do. */
  readonly sql: Sql;
  readonly shards: number;
  readonly metrics: JobMetrics;
}

export interface JobRunner {
  /** Ends the running job, which has failed then, and takes no other. */
  stop(): Promise<void>;
}

/** Starts looking for jobs. */
export function startJobRunner(options: JobRunnerOptions): JobRunner {
  const stopping = new AbortController();
  const done = run(options, stopping.signal);
  return {
    async stop() {
      stopping.abort(new Error("The process is stopping"));
      await done;
    },
  };
}

async function run(options: JobRunnerOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await isWorkWaiting(options.sql)) await work(options, signal);
    } catch (error) {
      logger("projection.jobs").debug("Cannot look for jobs: {error}", { error });
    }
    await pause(LOOK_MS, signal);
  }
}

/** Jobs that are said to run count: whoever ran them may be gone. */
async function isWorkWaiting(sql: Sql): Promise<boolean> {
  const rows = await sql`select 1 from projection_jobs where state in ('requested', 'running')`;
  return rows.length > 0;
}

async function work(options: JobRunnerOptions, signal: AbortSignal): Promise<void> {
  await using session = await JobSession.open(options.databaseUrl);
  const job = await session?.take();
  if (!session || !job) return;
  const { metrics } = options;
  const end = await runJob({
    session,
    job,
    signal,
    work: workOf({ ...options, session }),
    onProgress: (progress) => showProgress(metrics, job, progress),
  });
  showEnd(metrics, job, end.state);
}
