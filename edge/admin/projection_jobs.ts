/**
 * `/api/v1/admin/projection/…`: asks for jobs about the whole read model, shows and cancels them. They are rows
 * in Postgres, which the projector looks for: an order outlives whoever is to carry it out.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { type EdgeContext, groupIdOf, malformed, notFound } from "../http/mod.ts";
import type { OperatorRoute } from "./operator.ts";

const PATH = "/api/v1/admin/projection";
const LISTED = 50;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Kind = "rebuild" | "check";

interface Row {
  readonly id: string;
  readonly kind: Kind;
  readonly group_id: string | null;
  readonly state: string;
  readonly cancel_requested: boolean;
  readonly requested_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly progress: object;
  readonly result: object | null;
  readonly error: string | null;
}

/** Routes over the jobs in the database of `sql`. */
export function projectionJobRoutes(sql: Sql): OperatorRoute[] {
  return [{
    method: "POST",
    path: `${PATH}/rebuild`,
    handle: async () => accepted(await request(sql, "rebuild")),
  }, {
    method: "POST",
    path: `${PATH}/check`,
    handle: async (context) => {
      const hasGroup = context.req.query("group_id") !== undefined;
      return accepted(await request(sql, "check", hasGroup ? groupIdOf(context) : undefined));
    },
  }, {
    method: "GET",
    path: `${PATH}/jobs`,
    handle: async () => {
      const rows = await sql<Row[]>`
        select id, kind, group_id, state, cancel_requested, requested_at, started_at, finished_at,
          progress, null as result, error
        from projection_jobs order by requested_at desc limit ${LISTED}`;
      return Response.json({ jobs: rows.map(told) });
    },
  }, {
    method: "GET",
    path: `${PATH}/jobs/:job_id`,
    handle: async (context) => {
      const id = jobIdOf(context);
      const [row] = await sql<Row[]>`select * from projection_jobs where id = ${id}`;
      if (!row) throw missing(id);
      return Response.json(told(row));
    },
  }, {
    method: "DELETE",
    path: `${PATH}/jobs/:job_id`,
    handle: async (context) => accepted(await cancel(sql, jobIdOf(context))),
  }];
}

/** Asks for a job; there is one at a time. */
async function request(sql: Sql, kind: Kind, groupId?: string): Promise<Row> {
  const [row] = await sql<Row[]>`
    insert into projection_jobs (id, kind, group_id, state)
    values (${crypto.randomUUID()}, ${kind}, ${groupId ?? null}, 'requested')
    on conflict do nothing
    returning *`;
  if (row) return row;
  throw new ProblemError({
    code: "conflict",
    detail: `Another job is requested or running: see ${PATH}/jobs, wait for its end or cancel it`,
  });
}

/** A job that nobody has begun is over at once, a running one when its process has noticed. */
async function cancel(sql: Sql, id: string): Promise<Row> {
  const [row] = await sql<Row[]>`
    update projection_jobs
    set cancel_requested = true,
      state = case state when 'requested' then 'cancelled' else state end,
      finished_at = case state when 'requested' then now() end
    where id = ${id} and state in ('requested', 'running')
    returning *`;
  if (row) return row;
  const [ended] = await sql<{ state: string }[]>`
    select state from projection_jobs where id = ${id}`;
  if (!ended) throw missing(id);
  throw new ProblemError({
    code: "conflict",
    detail: `Job ${id} cannot be cancelled: it is ${ended.state}`,
  });
}

function accepted(row: Row): Response {
  return Response.json(told(row), {
    status: 202,
    headers: { location: `${PATH}/jobs/${row.id}` },
  });
}

function told(row: Row): object {
  const { id, kind, group_id, state, cancel_requested, progress, result, error } = row;
  const { requested_at, started_at, finished_at } = row;
  return {
    job_id: id,
    kind,
    ...(group_id === null ? {} : { group_id }),
    state,
    cancel_requested,
    requested_at: requested_at.toISOString(),
    ...(started_at === null ? {} : { started_at: started_at.toISOString() }),
    ...(finished_at === null ? {} : { finished_at: finished_at.toISOString() }),
    progress,
    ...(result === null ? {} : { result }),
    ...(error === null ? {} : { error }),
  };
}

function jobIdOf(context: EdgeContext): string {
  const id = context.req.param("job_id") ?? "";
  if (UUID.test(id)) return id;
  throw malformed("job_id must be a UUID in lower-case text form", { parameter: "job_id" });
}

function missing(id: string) {
  return notFound(`There is no job ${id}`);
}
