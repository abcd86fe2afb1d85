/** The projector as a process of its own, under its own permissions: killed hard, stopped, refused. */
import assert from "node:assert/strict";
import { logOf, referenceTables } from "../../actors/projection/testing/mod.ts";
import { freePort } from "../../dev/mod.ts";
import { eventually, sleep } from "../support/eventually.ts";
import { type ProjectionFixture, withProjection } from "./_projection_fixture.ts";

const KILLS = 6;

interface Process {
  readonly child: Deno.ChildProcess;
  readonly url: string;
}

function spawnProjector(fixture: ProjectionFixture): Process {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=projector", "--no-check", "--frozen", "actors/projection/main.ts"],
    env: {
      NATS_URL: fixture.natsUrl,
      DATABASE_URL: fixture.databaseUrl,
      PORT: String(port),
      LOG_LEVEL: "error",
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return { child, url: `http://127.0.0.1:${port}` };
}

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  return { status: response.status, text: await response.text() };
}

Deno.test("a projector killed again and again in the middle of its work projects everything once", () =>
  withProjection(async (fixture) => {
    const { messages } = logOf(Array.from({ length: 12_000 }, (_, i) => (i * 7_919) % 100_003));
    const publishing = fixture.publish(messages);
    let positions = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { child } = spawnProjector(fixture);
      const before = positions;
      await eventually(async () => {
        const [row] = await fixture.sql<{ at: number }[]>`
          select last_sequence::float8 as at from projection_streams`;
        positions = row?.at ?? 0;
        return positions > before || positions === messages.length;
      }, "the projector to project something");
      await sleep(Math.random() * 60);
      child.kill("SIGKILL");
      await child.status;
    }
    await publishing;
    const { child, url } = spawnProjector(fixture);
    await eventually(async () => (await get(`${url}/readyz`)).status === 200, "readiness");
    await fixture.projected(messages.length, 20_000);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
    assert.deepEqual(await fixture.tables(), referenceTables(messages));
  }));

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
