/** The timer wheel: nothing late by more than a tick, nothing lost, nothing after it was cancelled. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Timed, Wheel } from "./wheel.ts";

Deno.test("everything is called within a tick of its time, however far away that is", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 30 }),
    (times) => {
      const wheel = new Wheel(0, { tickMs: 10, slots: 16 });
      const called = new Map<number, number>();
      for (const [index, at] of times.entries()) {
        const item: Timed = {
          due(nowMs) {
            if (nowMs < at) return at;
            called.set(index, nowMs);
            return undefined;
          },
        };
        wheel.schedule(item, at);
      }
      for (let now = 0; now <= 5_020; now += 7) wheel.advance(now);
      assert.equal(wheel.size, 0);
      for (const [index, at] of times.entries()) {
        const late = (called.get(index) ?? Infinity) - at;
        assert.ok(late >= 0 && late <= 20, `${late} ms late`);
      }
    },
  ));
});

Deno.test("an item is called once, at the earlier of two times, and not when cancelled", () => {
  const wheel = new Wheel(0, { tickMs: 10, slots: 16 });
  const calls: number[] = [];
  const item: Timed = { due: (nowMs) => void calls.push(nowMs) };
  const cancelled: Timed = { due: () => assert.fail("called after it was cancelled") };
  wheel.schedule(item, 100);
  wheel.schedule(item, 50);
  wheel.schedule(item, 120);
  wheel.schedule(cancelled, 30);
  wheel.cancel(cancelled);
  for (let now = 0; now <= 200; now += 10) wheel.advance(now);
  assert.deepEqual(calls, [50]);
});
