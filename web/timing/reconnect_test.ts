import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffMs } from "./backoff.ts";
import { reconnectAfter } from "./reconnect.ts";

Deno.test("losses in a row make the wait longer, and a good connection makes the next loss the first", () => {
  const failed = { lastedMs: 100, floorMs: 0 };
  assert.deepEqual(reconnectAfter(0, failed, 0.5), { failures: 1, waitMs: backoffMs(1, 0.5) });
  assert.deepEqual(reconnectAfter(3, failed, 0.5), { failures: 4, waitMs: backoffMs(4, 0.5) });
  const good = { lastedMs: 60_000, floorMs: 0 };
  assert.deepEqual(reconnectAfter(3, good, 0.5), { failures: 1, waitMs: backoffMs(1, 0.5) });
});

Deno.test("nobody comes back earlier than the server asked for", () => {
  fc.assert(fc.property(
    fc.nat(100),
    fc.nat(120_000),
    fc.nat(60_000),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (failures, lastedMs, floorMs, random) => {
      assert.ok(reconnectAfter(failures, { lastedMs, floorMs }, random).waitMs > floorMs);
    },
  ));
});
