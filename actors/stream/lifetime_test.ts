import assert from "node:assert/strict";
import fc from "fast-check";
import { lifetimeOf, retryHintMs } from "./lifetime.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

Deno.test("a stream lasts as long as its token, or its rotation and half as long again at most", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1_000, max: 3_600_000 }),
    fc.integer({ min: -10_000, max: 3_600_000 }),
    chance,
    (rotateMs, tokenLeftMs, random) => {
      const { lastsMs, endReason } = lifetimeOf({ rotateMs, tokenLeftMs }, random);
      assert.ok(lastsMs >= 0 && lastsMs <= Math.max(0, tokenLeftMs));
      assert.ok(lastsMs <= rotateMs * 1.5);
      if (endReason === "rotated") assert.ok(lastsMs >= rotateMs);
      else assert.equal(lastsMs, Math.max(0, tokenLeftMs));
    },
  ));
});

Deno.test("readers are told to wait between once and three times the setting", () => {
  assert.equal(retryHintMs(1_000, 0), 1_000);
  assert.equal(retryHintMs(1_000, 0.5), 2_000);
  fc.assert(fc.property(chance, (random) => assert.ok(retryHintMs(1_000, random) <= 3_000)));
});
