/**
 * The shadow of the read model's tables: what a rebuild does there that only the owner of the tables may, by
 * the functions of the migrations, and the connections that see the shadow as their tables.
 */
import { connectPostgres, type Sql } from "../../platform/mod.ts";
import type { Transaction } from "../_writes.ts";

/** Name of the connections that write to the shadow. */
const CONNECTIONS = "projection-rebuild";
const UNIQUE_VIOLATION = "23505";

/** Connections for which the tables of the read model are those of the shadow. */
export function connectShadow(url: string, max: number): Sql {
  return connectPostgres(url, {
    name: CONNECTIONS,
    max,
    statementTimeoutMs: 0,
    // What is lost in a crash is a rebuild that is not done; the swap waits for the disk.
    asynchronousCommit: true,
    settings: {
      search_path: "projection_shadow",
      // Plans made while the tables were empty would be kept for ever.
      plan_cache_mode: "force_custom_plan",
    },
  });
}

/** Ends a transaction of a rebuild that is not the running one any more. */
export function guardOf(jobId: string): (transaction: Transaction) => Promise<void> {
  return async (transaction) => {
    const [row] = await transaction`
      select 1 from public.projection_jobs where id = ${jobId} and state = 'running'`;
    if (!row) throw new Error(`The rebuild ${jobId} is not running any more`);
  };
}

/** Makes empty shadow tables; what an earlier rebuild left behind is dropped. */
export async function createShadow(sql: Sql): Promise<void> {
  // A process that was killed may have left a statement behind that is still being worked on.
  await sql`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and usename = current_user
      and application_name = ${CONNECTIONS}`;
  await sql`select projection_shadow_create()`;
}

/** Makes the indexes that filling the tables did without, and tells the planner what they hold. */
export async function indexShadow(sql: Sql): Promise<{ readonly duplicates: number }> {
  let duplicates = 0;
  try {
    await sql`select projection_shadow_index(true)`;
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    const [row] = await sql<{ count: number }[]>`
      select projection_shadow_dedupe()::float8 as count`;
    duplicates = row?.count ?? 0;
    await sql`select projection_shadow_index(true)`;
  }
  await sql`select projection_shadow_analyze()`;
  return { duplicates };
}

/** Drops the shadow, and the tables that were live before a swap. */
export async function dropShadow(sql: Sql): Promise<void> {
  await sql`select projection_shadow_drop()`;
}
