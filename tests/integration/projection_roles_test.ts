/** Who may do what in Postgres: every role against every table. */
import assert from "node:assert/strict";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import { logOf, readTables, referenceTables } from "../../actors/projection/testing/mod.ts";
import { decodeMessage, planBatch, postgresStore } from "../../actors/projection/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { setting } from "../support/eventually.ts";

const ACCOUNTS = [
  "users",
  "refresh_tokens",
  "account_deletions",
  "account_outbox",
  "group_names",
  "reserved_names",
  "taskboard_boards",
  "taskboard_tasks",
  "taskboard_users",
];
const READ_MODEL = [
  "groups",
  "group_members",
  "todo_events",
  "todos",
  "todo_comments",
  "group_projection_offsets",
  "projection_streams",
];
const JOBS = ["projection_jobs"];
const READ = ["SELECT"];
const WRITE = ["SELECT", "INSERT", "UPDATE", "DELETE"];
const RIGHTS = [...WRITE, "TRUNCATE", "REFERENCES", "TRIGGER"];

interface Rights {
  readonly accounts: string[];
  readonly readModel: string[];
  readonly jobs: string[];
}

const expected: Readonly<Record<string, Rights>> = {
  todo1m_edge: { accounts: WRITE, readModel: READ, jobs: ["SELECT", "INSERT", "UPDATE"] },
  todo1m_projector: { accounts: [], readModel: WRITE, jobs: WRITE },
  todo1m_reader: { accounts: [], readModel: READ, jobs: [] },
};

async function withTables(body: (sql: Sql) => Promise<void>): Promise<void> {
  await using database = await scratchDatabase(setting("TEST_DATABASE_URL"));
  const sql = connectPostgres(database.url, { name: "test", max: 1 });
  try {
    await body(sql);
  } finally {
    await sql.end();
  }
}

Deno.test("each role has exactly the rights that its process needs, on every table there is", () =>
  withTables(async (sql) => {
    const tables = await sql<{ name: string }[]>`
      select tablename as name from pg_tables
      where schemaname = 'public' and tablename <> 'schema_migrations' order by 1`;
    assert.deepEqual(
      tables.map(({ name }) => name),
      [...ACCOUNTS, ...READ_MODEL, ...JOBS].sort(),
      "a table that is not in this test",
    );
    for (const [role, { accounts, readModel, jobs }] of Object.entries(expected)) {
      for (const { name } of tables) {
        const [row] = await sql<{ held: string[] }[]>`
          select coalesce(array_agg(r), '{}') as held from unnest(${RIGHTS}::text[]) r
          where has_table_privilege(${role}, ${name}, r)`;
        const rights = JOBS.includes(name) ? jobs : ACCOUNTS.includes(name) ? accounts : readModel;
        assert.deepEqual(row?.held.toSorted(), rights.toSorted(), `${role} on ${name}`);
      }
    }
  }));

Deno.test("the projector's role is enough to project", () =>
  withTables(async (sql) => {
    await sql`set role todo1m_projector`;
    const { messages } = logOf(Array.from({ length: 200 }, (_, i) => i * 37));
    const identity = { stream: "EV-0", shard: 0, epoch: "e" };
    const store = postgresStore(sql);
    await store.position(identity);
    await store.apply(planBatch(messages.map(decodeMessage)), {
      identity,
      after: 0,
      upTo: messages.length,
    });
    assert.deepEqual(await readTables(sql), referenceTables(messages));
    await assert.rejects(sql`select * from users`, /permission denied/);
  }));
