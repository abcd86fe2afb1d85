/** Several edges on one NATS server: what they let through together. */
import assert from "node:assert/strict";
import { startNatsServer } from "../../dev/mod.ts";
import { connectNats, pause } from "../../actors/platform/mod.ts";
import { QUOTA_SUBJECT } from "../../actors/protocol/routing/mod.ts";
import { type FailureWait, type Quota, type RateLimiter } from "../http/mod.ts";
import { SharedQuotas } from "./shared_quotas.ts";

const EDGES = 3;

/** The same quota at each of several edges. */
async function withEdges(
  quota: Quota,
  run: (
    limiters: readonly RateLimiter[],
    publish: (text: string) => void,
    failureWaits: readonly FailureWait[],
  ) => Promise<void>,
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-quotas-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const edges = await Promise.all(Array.from({ length: EDGES }, async () => {
      const connection = await connectNats({ url: server.url, name: "edge" });
      const quotas = new SharedQuotas();
      const limiter = quotas.limiter("reads", quota);
      const failureWait = quotas.failureWait("failures", quota);
      quotas.connect(connection);
      await connection.flush();
      return { connection, quotas, limiter, failureWait };
    }));
    try {
      const [first] = edges;
      await run(
        edges.map(({ limiter }) => limiter),
        (text) => first?.connection.publish(QUOTA_SUBJECT, text),
        edges.map(({ failureWait }) => failureWait),
      );
    } finally {
      for (const { quotas, connection } of edges) {
        quotas[Symbol.dispose]();
        await connection.close();
      }
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Asks for `perTurn` requests in each turn of the event loop, at limiters in turn, for `ms`. */
async function ask(
  limiters: readonly RateLimiter[],
  { perTurn, ms }: { readonly perTurn: number; readonly ms: number },
): Promise<number> {
  let allowed = 0;
  let n = 0;
  for (const endMs = performance.now() + ms; performance.now() < endMs;) {
    for (let i = 0; i < perTurn; i++) {
      if (limiters[n++ % limiters.length]?.take("ana").allowed) allowed++;
    }
    await pause(1);
  }
  return allowed;
}

Deno.test("three edges let through what one would, within five percent, however fast it comes", async () => {
  const limit = 1_200;
  const windowSeconds = 60;
  for (const perTurn of [3, 30]) {
    await withEdges({ limit, windowSeconds }, async (limiters) => {
      const ms = 1_500;
      const allowed = await ask(limiters, { perTurn, ms });
      const due = limit + limit * ms / 1_000 / windowSeconds;
      const asked = allowed >= limit * 0.95;
      assert.ok(asked && allowed <= 1.05 * due, `${allowed} of ${due}, ${perTurn} at a time`);
    });
  }
});

Deno.test("a user of one edge only has the whole quota", async () => {
  await withEdges({ limit: 300, windowSeconds: 60 }, async ([first, second]) => {
    assert.ok(first && second);
    let allowed = 0;
    while (first.take("ana").allowed) allowed++;
    assert.equal(allowed, 300);
    await pause(50);
    assert.equal(second.take("ana").allowed, false);
    assert.equal(second.take("ben").allowed, true);
  });
});

Deno.test("a few requests are told of, too, if later", async () => {
  await withEdges({ limit: 1_000, windowSeconds: 1_000 }, async ([first, second]) => {
    for (let n = 0; n < 5; n++) first?.take("ana");
    assert.equal(second?.peek("ana").remaining, 999);
    await pause(300);
    assert.equal(second?.peek("ana").remaining, 994);
  });
});

Deno.test("a failure at one edge counts at all of them", async () => {
  await withEdges(
    { limit: 10, windowSeconds: 60 },
    async (_limiters, _publish, [first, second]) => {
      assert.ok(first && second);
      for (let n = 0; n < 7; n++) first.take("ana");
      for (let n = 0; n < 3; n++) second.take("ana");
      await pause(50);
      for (const waits of [first, second]) {
        assert.deepEqual(waits.room("ana"), { attempts: 0, seconds: 6 });
        assert.deepEqual(waits.room("ben"), { attempts: 10, seconds: 0 });
      }
    },
  );
});

Deno.test("what is no notice is passed over", async () => {
  await withEdges({ limit: 10, windowSeconds: 1_000 }, async ([, second], publish) => {
    const bad = ["", "{", "[]", '{"from":"x","taken":[["reads","ana"]]}', '{"taken":[]}'];
    for (const text of bad) publish(text);
    publish('{"from":"x","taken":[["unknown","ana",3],["reads","ana",4]]}');
    await pause(100);
    assert.equal(second?.peek("ana").remaining, 5);
  });
});
