import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyQueue, oldest, popped, pushed, queueOf } from "./_queue.ts";

Deno.test("a persistent queue gives what an array gives, and older versions stay as they were", () => {
  const step = fc.oneof({ arbitrary: fc.nat(), weight: 3 }, fc.constant(undefined));
  fc.assert(fc.property(fc.array(step, { maxLength: 500, size: "max" }), (steps) => {
    const model: number[] = [];
    let queue = emptyQueue<number>();
    const versions: [typeof queue, number | undefined][] = [];
    for (const step of steps) {
      if (step === undefined) model.shift();
      else model.push(step);
      queue = step === undefined ? popped(queue) : pushed(queue, step);
      versions.push([queue, model[0]]);
    }
    for (const [version, first] of versions) assert.equal(oldest(version), first);
    for (const item of model) {
      assert.equal(oldest(queue), item);
      queue = popped(queue);
    }
    assert.deepEqual(queue, emptyQueue());
  }));
});

Deno.test("a queue of many items gives them in order", () => {
  let queue = queueOf(Array.from({ length: 1_000 }, (_, n) => n));
  for (let n = 0; n < 1_000; n++, queue = popped(queue)) assert.equal(oldest(queue), n);
});

Deno.test("a queue made of items is the one they were pushed to", () => {
  for (const length of [0, 1, 63, 64, 65, 300]) {
    const items = Array.from({ length }, (_, n) => n);
    const grown = items.reduce((queue, item) => pushed(queue, item), emptyQueue<number>());
    assert.deepEqual(queueOf(items), grown);
  }
});
