import assert from "node:assert/strict";
import { connectPostgres, pause } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { problemOfStore } from "../http/mod.ts";
import { AWAY, postgres } from "./guarded.ts";
import { guardedSql } from "./guarded_sql.ts";

async function withGuard(
  run: (sql: ReturnType<typeof guardedSql>, store: ReturnType<typeof postgres>) => Promise<void>,
): Promise<void> {
  const pool = connectPostgres(Deno.env.get("TEST_DATABASE_URL") ?? "", { name: "test", max: 2 });
  const store = postgres();
  try {
    await run(guardedSql(store, pool, { deadlineMs: 300, detail: AWAY.accounts }), store);
  } finally {
    await pool.end();
  }
}

Deno.test("statements, fragments in them and transactions are what they are without the guard", () =>
  withGuard(async (sql, store) => {
    const three = sql`1 + ${2}::int`;
    assert.deepEqual([...await sql`select ${three} as sum`], [{ sum: 3 }]);
    const [text] = await sql.unsafe("select $1::int + 1 as more", [4]);
    assert.equal(text?.["more"], 5);
    const [row] = await sql.begin((transaction) => transaction`select 4 as four`);
    assert.equal(row?.["four"], 4);
    await assert.rejects(async () => await sql`select nothing from nowhere_at_all where`, /syntax/);
    assert.equal(store.state, 0);
  }));

Deno.test("a statement or a transaction that takes too long is given up and counts as a failure", () =>
  withGuard(async (sql, store) => {
    const isAway = (error: unknown) =>
      error instanceof ProblemError && error.problem.code === "unavailable" &&
      error.problem.detail === AWAY.accounts;
    await assert.rejects(async () => await sql`select pg_sleep(0.6)`, isAway);
    await assert.rejects(sql.begin((transaction) => transaction`select pg_sleep(0.6)`), isAway);
    await assert.rejects(async () => await sql.unsafe("select pg_sleep($1)", [0.6]), isAway);
    assert.equal(store.turnedAway.late, 3);
    // What is given up runs to its own end.
    await pause(500);
  }));

Deno.test("a transaction that is rolled back because of others is run once more, and then refused; nothing is kept from others", () =>
  withGuard(async (sql, store) => {
    let runs = 0;
    const conflict = (times: number) => () =>
      sql.begin(async (transaction) => {
        if (++runs <= times) {
          await transaction`do $$ begin raise exception 'no' using errcode = '40P01'; end $$`;
        }
        return await transaction`select 4 as four`;
      });
    assert.equal((await conflict(1)())[0]?.["four"], 4);
    assert.equal(runs, 2);
    for (let n = 0; n < 6; n++) {
      runs = 0;
      await assert.rejects(
        conflict(2),
        (error) => problemOfStore(error as Error)?.code === "unavailable",
      );
      assert.equal(runs, 2);
    }
    assert.equal(store.state, 0);
  }));
