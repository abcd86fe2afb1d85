/** Several edges on one NATS server: what they let through together. */
import assert from "node:assert/strict";
import { startNatsServer } from "../../dev/mod.ts";
import { connectNats, pause } from "../../actors/platform/mod.ts";
import { QUOTA_SUBJECT } from "../../actors/protocol/routing/mod.ts";
import type { Attempts, Quota, RateLimiter } from "../http/mod.ts";
import { SharedQuotas } from "./shared_quotas.ts";

const EDGES = 3;

/** The same quota at each of several edges. */
async function withEdges(
  quota: Quota,
  run: (
    limiters: readonly RateLimiter[],
    publish: (text: string) => void,
    attempts: readonly Attempts[],
  ) => Promise<void>,
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-quotas-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const edges = await Promise.all(Array.from({ length: EDGES }, async () => {
      const connection = await connectNats({ url: server.url, name: "edge" });
      const quotas = new SharedQuotas();
      const limiter = quotas.limiter("reads", quota);
      const attempts = quotas.attempts("failures", quota);
      quotas.connect(connection);
      await connection.flush();
      return { connection, quotas, limiter, attempts };
    }));
    try {
      const [first] = edges;
      await run(
        edges.map(({ limiter }) => limiter),
        (text) => first?.connection.publish(QUOTA_SUBJECT, text),
        edges.map(({ attempts }) => attempts),
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

/**
 * Asks for `perTurn` requests in each turn of the event loop, at limiters in turn, for `ms`, and on until some are
 * refused; answers how many were allowed, and in which time.
 */
async function ask(
  limiters: readonly RateLimiter[],
  { perTurn, ms }: { readonly perTurn: number; readonly ms: number },
): Promise<{ readonly allowed: number; readonly tookMs: number }> {
  let allowed = 0;
  let n = 0;
  const startedAt = performance.now();
  const tookMs = () => performance.now() - startedAt;
  while (tookMs() < ms || allowed === n) {
    for (let i = 0; i < perTurn; i++) {
      if (limiters[n++ % limiters.length]?.take("ana").allowed) allowed++;
    }
    await pause(1);
  }
  return { allowed, tookMs: tookMs() };
}

/** Waits until `holds`: what one edge tells is with the others soon, on a busy machine a little later. */
async function soon(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 5_000;
  while (!holds()) {
    assert.ok(performance.now() < giveUpAt, `It does not come to hold: ${holds}`);
    await pause(5);
  }
}

Deno.test("three edges let through what one would, within five percent, however fast it comes", async () => {
  const limit = 1_200;
  const windowSeconds = 60;
  for (const perTurn of [3, 30]) {
    await withEdges({ limit, windowSeconds }, async (limiters) => {
      const { allowed, tookMs } = await ask(limiters, { perTurn, ms: 1_500 });
      const due = limit + limit * tookMs / 1_000 / windowSeconds;
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
    await soon(() => second.peek("ana").remaining === 0);
    assert.equal(second.take("ben").allowed, true);
  });
});

Deno.test("a few requests are told of, too, if later", async () => {
  await withEdges({ limit: 1_000, windowSeconds: 1_000 }, async ([first, second]) => {
    for (let n = 0; n < 5; n++) first?.take("ana");
    assert.equal(second?.peek("ana").remaining, 999);
    await soon(() => second?.peek("ana").remaining === 994);
  });
});

/** An attempt of "ana" that fails. */
function fail(attempts: Attempts): void {
  using attempt = attempts.begin("ana");
  assert.ok(attempt);
  attempt.failed();
}

Deno.test("a failure at one edge counts at all of them", async () => {
  await withEdges(
    { limit: 10, windowSeconds: 60 },
    async (_limiters, _publish, [first, second]) => {
      assert.ok(first && second);
      for (let n = 0; n < 7; n++) fail(first);
      for (let n = 0; n < 3; n++) fail(second);
      for (const attempts of [first, second]) {
        await soon(() => attempts.secondsUntilRoom("ana") > 1);
        assert.equal(attempts.begin("ana"), undefined);
        assert.ok(attempts.secondsUntilRoom("ana") <= 6);
        assert.ok(attempts.begin("ben"));
      }
    },
  );
});

Deno.test("of attempts at all edges at once no more have room than may fail, and one by one all of these", async () => {
  const limit = 10;
  await withEdges({ limit, windowSeconds: 600 }, async (_limiters, _publish, edges) => {
    let checked = 0;
    let most = 0;
    const attempt = async (attempts: Attempts) => {
      // Of those that begin at the very same moment, and are too many, none has room.
      await pause(20 * Math.random());
      using begun = attempts.begin("ana");
      if (!begun) return false;
      await attempts.announced();
      if (!attempts.fits("ana")) return false;
      most = Math.max(most, ++checked);
      await pause(5 + 20 * Math.random());
      checked--;
      return true;
    };
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        edges.flatMap((attempts) => Array.from({ length: 30 }, () => attempt(attempts))),
      );
    }
    assert.ok(most > 0 && most <= limit, `${most} were checked at once`);
    for (const attempts of edges) {
      await soon(() => attempts.fits("ana"));
      assert.ok(await attempt(attempts), "all of them are over");
    }
  });
});

Deno.test("what is no notice is passed over", async () => {
  await withEdges({ limit: 10, windowSeconds: 1_000 }, async ([, second], publish) => {
    const bad = ["", "{", "[]", '{"from":"x","taken":[["reads","ana"]]}', '{"taken":[]}'];
    for (const text of bad) publish(text);
    publish('{"from":"x","taken":[["unknown","ana",3],["reads","ana",4]]}');
    await soon(() => second?.peek("ana").remaining === 5);
  });
});

Deno.test("an edge that starts knows what was used up before, and how long who failed has to wait", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-quotas-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    await using opened = new AsyncDisposableStack();
    const start = async () => {
      const connection = await connectNats({ url: server.url, name: "edge" });
      opened.defer(() => connection.close());
      const quotas = opened.use(new SharedQuotas());
      const reads = quotas.limiter("reads", { limit: 3_000, windowSeconds: 3_600 });
      const attempts = quotas.attempts("failures", { limit: 3, windowSeconds: 60 });
      quotas.connect(connection);
      await quotas.recall();
      return { reads, attempts };
    };
    const first = await start();
    for (let person = 0; person < 2_500; person++) first.reads.take(`person ${person}`, 500);
    first.reads.take("ana", 3_000);
    first.reads.take("ben", 4);
    for (let n = 0; n < 3; n++) fail(first.attempts);
    for (const { reads, attempts } of [await start(), await start()]) {
      assert.equal(reads.take("ana").allowed, false);
      for (const person of [0, 1_234, 2_499]) {
        const { remaining } = reads.peek(`person ${person}`);
        assert.ok(Math.abs(remaining - 2_499) < 30, `${remaining} are left`);
      }
      assert.equal(reads.peek("ben").remaining, 2_999, "too few to be noticeable");
      assert.equal(attempts.begin("ana"), undefined);
      assert.ok(attempts.secondsUntilRoom("ana") > 10);
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
