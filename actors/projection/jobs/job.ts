/** A job about the whole read model as its row in Postgres says it, and how far it is. */

export type JobKind = "rebuild" | "check";

export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** The only group that a check is about. */
  readonly groupId?: string;
}

/** How far a job is. Counts are of log messages, each a commit with one event or more. */
export interface JobProgress {
  readonly phase: string;
  readonly messages_done: number;
  readonly messages_total: number;
  readonly events_done: number;
  readonly events_per_second: number;
  /** Estimated from the rate; absent until there is one. */
  readonly seconds_left?: number;
}

/** What a running job may use. */
export interface JobContext {
  readonly job: Job;
  /** Aborts when the job is cancelled, or when somebody else may do it by now. */
  readonly signal: AbortSignal;
  /** Tells how far it is. Cheap: the newest word is kept about once a second. */
  readonly report: (progress: JobProgress) => void;
}

/** A job that was ended because somebody asked for that. */
export class JobCancelled extends Error {
  override readonly name = "JobCancelled";
}
