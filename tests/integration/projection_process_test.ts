/** The projector as a process of its own, under its own permissions: killed hard, stopped, refused. */
import assert from "node:assert/strict";
import { logOf, referenceTables } from "../../actors/projection/testing/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import { freePort } from "../../dev/mod.ts";
import { eventually, sleep } from "../support/eventually.ts";
import { checked } from "./_projection_jobs.ts";
import { type ProjectionFixture, withProjection } from "./_projection_fixture.ts";

/** `PROJECTOR_KILLS=200` for the whole run. */
const KILLS = Number(Deno.env.get("PROJECTOR_KILLS") ?? 20);

interface Process {
  readonly child: Deno.ChildProcess;
  readonly url: string;
}

function spawnProjector(fixture: ProjectionFixture, shards = 1): Process {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=projector", "--no-check", "--frozen", "actors/projection/main.ts"],
    env: {
      NATS_URL: fixture.natsUrl,
      DATABASE_URL: fixture.databaseUrl,
      PORT: String(port),
      LOG_LEVEL: "error",
      STREAM_SHARDS: `${shards}`,
    },
    stdin: "null",
    stdout: "null",
    stderr: shards === fixture.shards ? "null" : "piped",
  }).spawn();
  return { child, url: `http://127.0.0.1:${port}` };
}

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  return { status: response.status, text: await response.text() };
}

Deno.test("a projector killed again and again in the middle of its work projects everything once", () =>
  withProjection(async (fixture) => {
    const { messages } = logOf(
      Array.from({ length: 600 * (KILLS + 4) }, (_, i) => (i * 7_919) % 100_003),
    );
    // Spread over the kills, so that each of them strikes a projector that has something to do.
    const part = Math.ceil(messages.length / KILLS);
    let position = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const publishing = fixture.publish(messages.slice(kill * part, (kill + 1) * part));
      const { child } = spawnProjector(fixture);
      const before = position;
      await eventually(async () => {
        position = await projectedTo(fixture);
        return position > before;
      }, "the projector to project something");
      await sleep(Math.random() * 60);
      child.kill("SIGKILL");
      await child.status;
      await publishing;
      position = await projectedTo(fixture);
      if (kill % 5 === 0) {
        const [first = 0, ...others] = await whole(fixture.sql);
        assert.ok(others.every((at) => at === first), `rows and offset at kill ${kill}`);
      }
    }
    const { child, url } = spawnProjector(fixture);
    await eventually(async () => (await get(`${url}/readyz`)).status === 200, "readiness");
    await fixture.projected(messages.length, 20_000);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
    assert.deepEqual(await fixture.tables(), referenceTables(messages));
    const { equal, log_checksum, tables_checksum } = await checked(fixture);
    assert.ok(equal);
    assert.equal(log_checksum, tables_checksum);
  }));

async function projectedTo({ sql }: ProjectionFixture): Promise<number> {
  const [row] = await sql<{ at: number }[]>`
    select last_sequence::float8 as at from projection_streams`;
  return row?.at ?? 0;
}

/** Up to which message of the log offset, events and groups are, each by itself. */
async function whole(sql: Sql): Promise<number[]> {
  const [row] = await sql<{ offset: number; events: number; groups: number }[]>`
    select (select last_sequence::float8 from projection_streams) as offset,
      (select max(stream_sequence)::float8 from todo_events) as events,
      (select max(stream_sequence)::float8 from group_projection_offsets) as groups`;
  return row ? [row.offset, row.events, row.groups] : [];
}

Deno.test("the process tells whether it is ready and how far it is, and stops when asked", () =>
  withProjection(async (fixture) => {
    const { child, url } = spawnProjector(fixture);
    await eventually(async () => (await get(`${url}/readyz`)).status === 200, "readiness");
    const { messages } = logOf(Array.from({ length: 50 }, (_, i) => i * 31));
    await fixture.publish(messages);
    await fixture.projected(messages.length);
    const events = referenceTables(messages).events.size;
    await eventually(async () => {
      const { text } = await get(`${url}/metrics`);
      return text.includes(`tf_projection_events_total{shard="0",process="projector"} ${events}`) &&
        text.includes(`tf_projection_lag_events{shard="0",process="projector"} 0`);
    }, "the metrics to count the events");
    const askedAt = performance.now();
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
    assert(performance.now() - askedAt < 3_000);
  }));

Deno.test("the process ends with an error when its tables come from another stream", () =>
  withProjection(async (fixture) => {
    await fixture.sql`insert into projection_streams (stream, epoch, last_sequence)
      values ('EV-0', '2020-01-01T00:00:00Z', 0)`;
    const { child } = spawnProjector(fixture);
    assert.equal((await child.status).code, 1);
  }));

for (const [made, wanted] of [[1, 2], [2, 1]] as const) {
  Deno.test(`the process ends before it reads anything when the log is cut into ${made} and it is told ${wanted}`, () =>
    withProjection(async (fixture) => {
      await fixture.publish(logOf([0, 0, 0]).messages);
      const { child } = spawnProjector(fixture, wanted);
      const { code, stderr } = await child.output();
      assert.equal(code, 1);
      const text = new TextDecoder().decode(stderr);
      assert.match(text, new RegExp(`STREAM_SHARDS="${wanted}", but .* were cut into ${made} `));
      assert.equal((await fixture.sql`select stream from projection_streams`).length, 0);
    }, { shards: made }));
}
