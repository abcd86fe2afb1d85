/**
 * The right to do jobs: a session-wide lock in Postgres, held over a connection of its own. Whoever has it is
 * the only one at work; when its process or its connection dies the lock is free, and what it was doing is
 * told to have failed by the next one.
 */
import { connectPostgres, type Sql } from "../../platform/mod.ts";
import type { Transaction } from "../_writes.ts";
import type { Job, JobKind, JobProgress } from "./job.ts";

/** Any number will do, as long as it is the same everywhere. */
const LOCK = 1_886_547_818;
const KEPT_JOBS = 200;

interface JobRow {
  readonly id: string;
  readonly kind: JobKind;
  readonly group_id: string | null;
}

export interface JobEnd {
  readonly state: "done" | "failed" | "cancelled";
  readonly result?: unknown;
  readonly error?: string;
}

export class JobSession implements AsyncDisposable {
  readonly #sql: Sql;
  readonly #backend: number;

  private constructor(sql: Sql, backend: number) {
    this.#sql = sql;
    this.#backend = backend;
  }

  /** Takes the lock in the database of `url`; `undefined` when somebody else has it. */
  static async open(url: string): Promise<JobSession | undefined> {
    const sql = connectPostgres(url, {
      name: "projection-job",
      session: true,
      statementTimeoutMs: 0,
    });
    let session: JobSession | undefined;
    try {
      const [row] = await sql<{ taken: boolean; backend: number }[]>`
        select pg_try_advisory_lock(${LOCK}) as taken, pg_backend_pid() as backend`;
      if (!row?.taken) return undefined;
      session = new JobSession(sql, row.backend);
      await session.#failOrphans();
      return session;
    } finally {
      if (!session) await sql.end({ timeout: 1 });
    }
  }

  /** The connection that holds the lock. */
  get sql(): Sql {
    return this.#sql;
  }

  /** Jobs that are said to be running cannot be: the lock was free. */
  async #failOrphans(): Promise<void> {
    await this.#sql`
      update projection_jobs set state = 'failed', finished_at = now(),
        error = 'The process that did it ended before it was done'
      where state = 'running'`;
    await this.#sql`
      delete from projection_jobs where id in (
        select id from projection_jobs where state not in ('requested', 'running')
        order by requested_at desc offset ${KEPT_JOBS}
      )`;
  }

  /** The job that waits to be done, now as running. */
  async take(): Promise<Job | undefined> {
    const [row] = await this.#sql<JobRow[]>`
      update projection_jobs set state = 'running', started_at = now()
      where state = 'requested' returning id, kind, group_id`;
    return row && jobOf(row);
  }

  /** A new job that runs at once; one that waits goes first: then there is none. */
  async begin(kind: JobKind, groupId?: string): Promise<Job | undefined> {
    const [row] = await this.#sql<JobRow[]>`
      insert into projection_jobs (id, kind, group_id, state, started_at)
      values (${crypto.randomUUID()}, ${kind}, ${groupId ?? null}, 'running', now())
      on conflict do nothing
      returning id, kind, group_id`;
    return row && jobOf(row);
  }

  /**
   * Notes how far `job` is.
   *
   * @returns whether it is to be cancelled
   * @throws {Error} when the lock is not held any more
   */
  async note(job: Job, progress: JobProgress | undefined): Promise<boolean> {
    const [row] = await this.#sql<{ cancel_requested: boolean; backend: number }[]>`
      update projection_jobs
      set progress = coalesce(${progress ? JSON.stringify(progress) : null}::text::jsonb, progress)
      where id = ${job.id} and state = 'running'
      returning cancel_requested, pg_backend_pid() as backend`;
    if (row?.backend !== this.#backend) throw new LockLost();
    return row.cancel_requested;
  }

  /**
   * Does what must not be done without the lock, in one transaction.
   *
   * @throws {Error} when the lock is not held any more; nothing has happened then
   */
  async transact(action: (transaction: Transaction) => Promise<void>): Promise<void> {
    await this.#sql.begin(async (transaction) => {
      const [row] = await transaction<{ backend: number }[]>`select pg_backend_pid() as backend`;
      if (row?.backend !== this.#backend) throw new LockLost();
      await action(transaction);
    });
  }

  /** Notes how `job` ended. */
  async end(job: Job, { state, result, error }: JobEnd): Promise<void> {
    await this.#sql`
      update projection_jobs
      set state = ${state}, finished_at = now(), error = ${error ?? null},
        result = ${result === undefined ? null : JSON.stringify(result)}::text::jsonb
      where id = ${job.id} and state = 'running'`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }
}

/** The connection that held the lock is gone: somebody else may be at work. */
class LockLost extends Error {
  override readonly name = "LockLost";
  override readonly message = "The lock of projection jobs was lost with its connection";
}

function jobOf({ id, kind, group_id }: JobRow): Job {
  return { id, kind, ...(group_id === null ? {} : { groupId: group_id }) };
}
