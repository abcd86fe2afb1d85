import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffMs } from "./backoff.ts";

Deno.test("the wait never exceeds the cap above what the server asked for, and never vanishes", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 10_000 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.nat(60_000),
    (attempt, random, floorMs) => {
      const waitMs = backoffMs(attempt, random, floorMs);
      assert.ok(waitMs >= floorMs + 100 && waitMs <= floorMs + 15_000, String(waitMs));
    },
  ));
});

Deno.test("the wait grows with failed attempts", () => {
  assert.deepEqual([1, 2, 3, 4, 9].map((attempt) => backoffMs(attempt, 1)), [
    400,
    800,
    1_600,
    3_200,
    15_000,
  ]);
});
