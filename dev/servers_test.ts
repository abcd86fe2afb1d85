/** The real servers, each with a folder of its own. */
import { ok, rejects, strictEqual } from "node:assert/strict";
import postgres from "postgres";
import { acceptsConnections } from "./_postgres_probe.ts";
import { removePostgresHome } from "./_postgres_home.ts";
import { sleep } from "./_sleep.ts";
import { scratchDatabase } from "./migrations.ts";
import { checkNatsUrl, startNatsServer } from "./nats_server.ts";
import { checkDatabaseUrl, startPostgres } from "./postgres_server.ts";

async function withDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await removePostgresHome(`${dir}/postgres`);
    await Deno.remove(dir, { recursive: true });
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error("the condition did not come true");
    await sleep(50);
  }
}

Deno.test("a Postgres killed hard comes back with its data, also in a later start", async () => {
  await withDir(async (dir) => {
    const query = async (url: string, text: string) => {
      const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
      try {
        return await sql.unsafe(text);
      } finally {
        await sql.end();
      }
    };
    {
      await using server = await startPostgres({ dataDir: dir });
      await query(server.url, "create table kept as select 7 as value");
      const before = server.pid;
      Deno.kill(before, "SIGKILL");
      const port = Number(new URL(server.url).port);
      await until(async () => server.pid !== before && await acceptsConnections(port));
      strictEqual((await query(server.url, "select value from kept"))[0]?.value, 7);
    }
    await using server = await startPostgres({ dataDir: dir });
    strictEqual((await query(server.url, "select value from kept"))[0]?.value, 7);
  });
});

Deno.test("a scratch database has the tables and is gone afterwards", async () => {
  await withDir(async (dir) => {
    await using server = await startPostgres({ dataDir: dir });
    const scratch = await scratchDatabase(server.url);
    const sql = postgres(scratch.url, { max: 1 });
    const found = await sql`select to_regclass('todo_events') as found`;
    await sql.end();
    ok(found[0]?.found);
    await scratch.drop();
    const gone = postgres(scratch.url, { max: 1 });
    await rejects(() => gone`select 1`, /does not exist/);
    await gone.end();
  });
});

Deno.test("a NATS server of our own is accepted as NATS_URL, a silent port is not", async () => {
  await withDir(async (dir) => {
    await using server = await startNatsServer({ dataDir: dir });
    await checkNatsUrl(server.url);
    await server.stop();
    await rejects(() => checkNatsUrl(server.url), /no NATS server answers at 127\.0\.0\.1/);
  });
});

Deno.test("a wrong DATABASE_URL is refused without showing its password", async () => {
  await rejects(() => checkDatabaseUrl("postgres://u:hidden@127.0.0.1:1/x"), (error: Error) => {
    ok(/database at 127\.0\.0\.1:1 cannot be used/.test(error.message));
    ok(!error.message.includes("hidden"));
    return true;
  });
  await rejects(() => checkDatabaseUrl("mysql://x"), /is not a URL such as postgres:/);
});
