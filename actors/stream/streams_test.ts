import assert from "node:assert/strict";
import fc from "fast-check";
import { TrustedProxies } from "../platform/mod.ts";
import { Addresses } from "./addresses.ts";
import type { OpenStream } from "./connection_terms.ts";
import { Streams } from "./streams.ts";

/** `count` open streams of as many users; when each ended, by a clock that only pauses move. */
function opened(count: number) {
  const addresses = new Addresses({
    limit: Infinity,
    proxies: new TrustedProxies([]),
    onLimited: () => {},
  });
  const streams = new Streams({ perUser: 1, total: Infinity, addresses });
  const endedAtMs: number[] = [];
  const clock = { nowMs: 0 };
  for (let index = 0; index < count; index++) {
    const stream: OpenStream = {
      owner: { userId: `u${index}`, sessionId: "s", address: "a" },
      queuedBytes: 0,
      close: () => {
        endedAtMs.push(clock.nowMs);
        streams.remove(stream);
      },
    };
    streams.add(stream);
  }
  const pause = (ms: number) => {
    clock.nowMs += ms;
    return Promise.resolve();
  };
  return { streams, endedAtMs, pause };
}

Deno.test("a drain ends every stream once, evenly and in time", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: 30_000 }),
    async (count, overMs) => {
      const { streams, endedAtMs, pause } = opened(count);
      await streams.drain("draining", { overMs, pause });
      assert.equal(endedAtMs.length, count);
      assert.equal(streams.size, 0);
      assert.ok((endedAtMs.at(-1) ?? 0) <= overMs);
      const perStep = Map.groupBy(endedAtMs, (atMs) => atMs);
      const fair = Math.ceil(count / Math.max(1, Math.floor(overMs / 100)));
      assert.ok([...perStep.values()].every((ended) => ended.length <= fair));
    },
  ));
});

Deno.test("a streamer with few streams is drained at once", async () => {
  const { streams, endedAtMs, pause } = opened(1);
  await streams.drain("draining", { overMs: 30_000, pause });
  assert.deepEqual(endedAtMs, [0]);
});
