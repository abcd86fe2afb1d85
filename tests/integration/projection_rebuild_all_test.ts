/** Rebuilding the whole read model while it is written and read. */
import assert from "node:assert/strict";
import { JobSession, runJob, workOf } from "../../actors/projection/mod.ts";
import { logOf, referenceTables } from "../../actors/projection/testing/mod.ts";
import { type ProjectionFixture, withProjection } from "./_projection_fixture.ts";

/** Choices that make a busy log, the same in every run. */
const busy = (length: number) => Array.from({ length }, (_, i) => (i * 7_919) % 100_003);

async function runOne(fixture: ProjectionFixture, kind: "rebuild" | "check") {
  const { connection, databaseUrl } = fixture;
  await using session = await JobSession.open(databaseUrl);
  const job = await session?.begin(kind);
  assert.ok(session && job);
  return await runJob({
    session,
    job,
    signal: new AbortController().signal,
    work: workOf({ connection, databaseUrl, session, shards: 1 }),
  });
}

Deno.test("a rebuild under writes ends with what the log says, and the projector goes on", () =>
  withProjection(async (fixture) => {
    const { start, publish, projected, tables, sql } = fixture;
    const { messages } = logOf(busy(6_000), 20);
    const third = Math.floor(messages.length / 3);
    start();
    await publish(messages.slice(0, third));
    await projected(third);
    await sql`update todos set data = jsonb_set(data, '{title}', '"planted"') where true`;
    await sql`delete from group_members`;
    const publishing = publish(messages.slice(third, 2 * third));
    const end = await runOne(fixture, "rebuild");
    assert.equal(end.state, "done", end.error);
    await publishing;
    await projected(2 * third);
    assert.deepEqual(await tables(), referenceTables(messages.slice(0, 2 * third)));
    await publish(messages.slice(2 * third));
    await projected(messages.length);
    assert.deepEqual(await tables(), referenceTables(messages));
    const check = await runOne(fixture, "check");
    assert.equal(check.state, "done", check.error);
    console.log(end.result, check.result);
  }));
