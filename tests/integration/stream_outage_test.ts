/** What a streamer answers to who opens a stream while NATS hangs: in time, then at once, and a stream afterwards. */
import assert from "node:assert/strict";
import { withStreams } from "./_stream_fixture.ts";
import { until } from "./_until.ts";

const PATIENCE_MS = 20_000;

Deno.test("while NATS hangs, streams are refused in time, at once when it is known, and opened when it is back", () =>
  withStreams(async ({ start, token, group, hangNats }) => {
    const { port } = await start();
    const groups = await Promise.all(Array.from({ length: 20 }, () => group("ana")));
    const headers = { authorization: `Bearer ${await token("ana")}` };
    const open = async (groupId: string) => {
      const startedAt = performance.now();
      const answer = await fetch(`http://127.0.0.1:${port}/events?group_id=${groupId}`, {
        headers,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await answer.body?.cancel();
      const retryAfter = Number(answer.headers.get("retry-after"));
      return { status: answer.status, retryAfter, ms: performance.now() - startedAt };
    };
    const ids = groups.map(({ id }) => id);
    const resume = await hangNats();
    try {
      for (const { status, retryAfter, ms } of await Promise.all(ids.map(open))) {
        assert.equal(status, 503);
        assert.ok(retryAfter > 0);
        assert.ok(ms < 4_700, `${ms} ms`);
      }
      const known = async () => (await open(ids[0] ?? "")).ms < 500;
      await until(known, PATIENCE_MS);
      for (const { status, ms } of await Promise.all(ids.map(open))) {
        assert.equal(status, 503);
        assert.ok(ms < 1_000, `${ms} ms`);
      }
      const startedAt = performance.now();
      const url = `http://127.0.0.1:${port}/api/v1/tickets`;
      const ticket = await fetch(url, { method: "POST", headers });
      assert.equal((await ticket.json()).detail, "Tickets are not available at this moment");
      assert.ok(performance.now() - startedAt < 1_000);
    } finally {
      resume();
    }
    await until(async () => (await open(ids[0] ?? "")).status === 200, PATIENCE_MS);
  }));
