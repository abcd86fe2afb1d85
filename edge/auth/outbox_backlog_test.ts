/** The backlog of the outbox at a scrape, on a real Postgres, and without one. */
import assert from "node:assert/strict";
import { connectPostgres, createMetrics, pause } from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { takeEvents, tellOfUser } from "./account_events.ts";
import { showOutboxBacklog } from "./outbox_backlog.ts";

const EVENTS = /^tf_account_outbox_events\{.*\} (\d+)$/m;
const OLDEST = /^tf_account_outbox_oldest_seconds\{.*\} ([\d.e-]+)$/m;

Deno.test("a scrape tells how many account events wait, and how long the oldest does", async () => {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 2 });
  try {
    const metrics = createMetrics("test");
    showOutboxBacklog(metrics, sql, { patienceMs: 5_000 });
    const scrape = async () => {
      const text = await metrics.registry.metrics();
      return [EVENTS, OLDEST].map((line) => Number(line.exec(text)?.[1] ?? NaN));
    };
    assert.deepEqual(await scrape(), [0, 0]);
    for (let i = 0; i < 3; i++) await tellOfUser(sql, "ana", { verb: "updated" });
    await sql`
      update account_outbox set occurred_at = now() - interval '90 seconds'
      where position = (select min(position) from account_outbox)`;
    const [events, oldest = 0] = await scrape();
    assert.equal(events, 3);
    assert.ok(oldest >= 90 && oldest < 120, `${oldest} s`);
    await takeEvents(sql, (taken) => Promise.resolve(taken.length));
    assert.deepEqual(await scrape(), [0, 0]);
  } finally {
    await sql.end();
  }
});

Deno.test("while Postgres is away, or accepts and says nothing, a scrape goes on without numbers and in time", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) open.push(connection);
  })();
  const { port } = silent.addr as Deno.NetAddr;
  const nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: closedPort } = nobody.addr as Deno.NetAddr;
  nobody.close();
  for (const each of [closedPort, port]) {
    const sql = connectPostgres(`postgres://test@127.0.0.1:${each}/none`, { name: "test", max: 2 });
    const metrics = createMetrics("test");
    showOutboxBacklog(metrics, sql, { patienceMs: 200 });
    for (let i = 0; i < 3; i++) {
      const startedAt = performance.now();
      const text = await metrics.registry.metrics();
      assert.ok(performance.now() - startedAt < 1_000);
      assert.match(text, /tf_process_uptime_seconds/);
      assert.doesNotMatch(text, EVENTS);
      assert.doesNotMatch(text, OLDEST);
    }
    assert.ok(open.length <= 1, "three scrapes asked once");
    await sql.end({ timeout: 0 });
    await pause(50);
  }
  for (const connection of open) connection.close();
  silent.close();
  await accepting;
});
