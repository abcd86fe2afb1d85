/** Does one job and keeps its row: how far it is about once a second, and how it ended. */
import { logger } from "../../platform/mod.ts";
import { type Job, JobCancelled, type JobContext, type JobProgress } from "./job.ts";
import type { JobEnd, JobSession } from "./job_session.ts";

const NOTE_MS = 1_000;

export interface RunJobOptions {
  readonly session: JobSession;
  readonly job: Job;
  /** Does it, and answers with what is told of the result. */
  readonly work: (context: JobContext) => Promise<unknown>;
  /** Ends the job; it has failed then. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
}

/** Runs the job to its end; failures are its end, too, and are not thrown. */
export async function runJob(options: RunJobOptions): Promise<JobEnd> {
  const { session, job, work, onProgress } = options;
  const log = logger("projection.jobs");
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  let progress: JobProgress | undefined;
  let noting: Promise<void> | undefined;
  const note = async () => {
    try {
      if (await session.note(job, progress)) {
        stopping.abort(new JobCancelled("The job was cancelled"));
      }
    } catch (error) {
      log.error("Job {id} ends: {error}", { id: job.id, error });
      stopping.abort(error);
    }
  };
  const timer = setInterval(() => {
    noting ??= note().finally(() => noting = undefined);
  }, NOTE_MS);
  log.info("Job {kind} {id} begins", { ...job });
  let end: JobEnd;
  try {
    const result = await work({
      job,
      signal,
      report: (newest) => {
        progress = newest;
        onProgress?.(newest);
      },
    });
    end = { state: "done", result };
  } catch (error) {
    const { reason } = stopping.signal;
    end = reason instanceof JobCancelled
      ? { state: "cancelled" }
      : { state: "failed", error: error instanceof Error ? error.message : String(error) };
    log[end.state === "failed" ? "error" : "info"]("Job {kind} {id} is {state}: {error}", {
      ...job,
      state: end.state,
      error,
    });
  } finally {
    clearInterval(timer);
    await noting;
  }
  await keep(options, end, progress);
  log.info("Job {kind} {id} ended: {state}", { ...job, state: end.state });
  return end;
}

/** A row that cannot be written says that the job runs; whoever takes the lock next sets that right. */
async function keep(
  { session, job }: RunJobOptions,
  end: JobEnd,
  progress: JobProgress | undefined,
): Promise<void> {
  try {
    await session.note(job, progress);
    await session.end(job, end);
  } catch (error) {
    logger("projection.jobs").error("The end of job {id} cannot be kept: {error}", {
      id: job.id,
      error,
    });
  }
}
