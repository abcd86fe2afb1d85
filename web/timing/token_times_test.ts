import assert from "node:assert/strict";
import fc from "fast-check";
import { isFresh, refreshInMs } from "./token_times.ts";

Deno.test("a token of ten minutes is replaced in its ninth, never when it is too old to be used", () => {
  fc.assert(fc.property(
    fc.integer({ min: 100_000, max: 10_000_000 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (leftMs, random) => {
      const inMs = refreshInMs(leftMs, random);
      assert.ok(inMs <= leftMs - 60_000 && inMs >= 0.9 * (leftMs - 60_000), String(inMs));
      assert.ok(isFresh(leftMs, inMs));
    },
  ));
});

Deno.test("a token near its end is replaced soon, but not at once over and over", () => {
  assert.equal(refreshInMs(1_000, 0), 4_500);
  assert.equal(isFresh(30_000, 0), false);
  assert.equal(isFresh(30_001, 0), true);
});
