import assert from "node:assert/strict";
import fc from "fast-check";
import { LowWaterMark } from "./low_water_mark.ts";

Deno.test("the mark stays below the lowest command that is not finished", () => {
  const mark = new LowWaterMark(10);
  mark.begin(12);
  mark.begin(15);
  mark.finish(15);
  assert.equal(mark.value, 11);
  mark.finish(12);
  assert.equal(mark.value, 15);
});

Deno.test("a quiet block's mark moves up to what is known to be empty", () => {
  const mark = new LowWaterMark(0);
  mark.advance(40);
  assert.equal(mark.value, 40);
  mark.begin(41);
  mark.advance(45);
  assert.equal(mark.value, 40);
});

Deno.test("the mark never passes an unfinished command and never goes back", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), finish: fc.nat() })),
    (steps) => {
      const mark = new LowWaterMark(0);
      const open: number[] = [];
      let sequence = 0;
      let last = 0;
      for (const { gap, finish } of steps) {
        sequence += gap;
        mark.begin(sequence);
        open.push(sequence);
        if (finish % 2 === 0) mark.finish(open.splice(finish % open.length, 1)[0] ?? 0);
        assert.ok(mark.value >= last);
        assert.ok(open.every((one) => mark.value < one));
        last = mark.value;
      }
    },
  ));
});
