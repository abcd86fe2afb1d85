/** Who may do what in Postgres: every role against every table. */
import assert from "node:assert/strict";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import { logOf, referenceTables } from "../../actors/projection/testing/mod.ts";
import { decodeMessage, planBatch, postgresStore } from "../../actors/projection/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { setting } from "../support/eventually.ts";
import { readTables } from "../support/tables.ts";

const ACCOUNTS = [
  "users",
  "refresh_tokens",
  "idempotency_keys",
  "account_deletions",
  "account_outbox",
  "group_names",
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
const READ = ["SELECT"];
const WRITE = ["SELECT", "INSERT", "UPDATE", "DELETE"];
const RIGHTS = [...WRITE, "TRUNCATE", "REFERENCES", "TRIGGER"];

const expected: Readonly<Record<string, { accounts: string[]; readModel: string[] }>> = {
  todo1m_edge: { accounts: WRITE, readModel: READ },
  todo1m_projector: { accounts: [], readModel: WRITE },
  todo1m_reader: { accounts: [], readModel: READ },
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
      [...ACCOUNTS, ...READ_MODEL].sort(),
      "a table that is not in this test",
    );
    for (const [role, { accounts, readModel }] of Object.entries(expected)) {
      for (const { name } of tables) {
        const [row] = await sql<{ held: string[] }[]>`
          select coalesce(array_agg(r), '{}') as held from unnest(${RIGHTS}::text[]) r
          where has_table_privilege(${role}, ${name}, r)`;
        const rights = ACCOUNTS.includes(name) ? accounts : readModel;
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
