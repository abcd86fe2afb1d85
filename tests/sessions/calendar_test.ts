import assert from "node:assert/strict";
import fc from "fast-check";
import { Calendar } from "./calendar.ts";

Deno.test("every session is taken once, at the time it was planned for last, unless it was cancelled", () => {
  const step = fc.record({
    session: fc.nat(9),
    atMs: fc.option(fc.nat(60), { nil: undefined }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const calendar = new Calendar(10, 50);
    const wanted = new Map<number, number>();
    for (const { session, atMs } of steps) {
      if (atMs === undefined) calendar.cancel(session);
      else calendar.plan(session, atMs);
      if (atMs === undefined || atMs > 50) wanted.delete(session);
      else wanted.set(session, atMs);
    }
    const taken = new Map<number, number>();
    for (let nowMs = 0; nowMs <= 50; nowMs++) {
      for (let each; (each = calendar.take(nowMs)) !== undefined;) {
        assert.ok(!taken.has(each));
        taken.set(each, nowMs);
      }
    }
    assert.deepEqual([...taken].sort(), [...wanted].sort());
  }));
});
