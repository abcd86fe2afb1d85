import assert from "node:assert/strict";
import { Block } from "./block.ts";

Deno.test("what was done before the block was taken over, or taken since, is not taken again", () => {
  const block = new Block(3, 10);
  assert.ok(block.isTaken(10));
  assert.ok(!block.isTaken(11));
  block.begin(12);
  assert.ok(block.isTaken(11));
  assert.ok(block.isTaken(12));
  assert.ok(!block.isTaken(13));
});

Deno.test("what the reader has passed counts as taken, but is done only below what is pending", () => {
  const block = new Block(3, 10);
  block.begin(12);
  block.advance(50);
  assert.equal(block.taken, 50);
  assert.equal(block.cursor, 11);
  block.finish(12);
  assert.equal(block.cursor, 50);
});

Deno.test("a block is idle when the last command it took is finished", async () => {
  const block = new Block(3, 0);
  block.begin(1);
  block.begin(2);
  let idle = false;
  const becomesIdle = block.idle().then(() => idle = true);
  block.finish(2);
  await Promise.resolve();
  assert.equal(idle, false);
  block.finish(1);
  await becomesIdle;
  await new Block(4, 7).idle();
});

Deno.test("what is left to the next owner holds the cursor, and nobody waits for it", async () => {
  const block = new Block(3, 0);
  for (const sequence of [1, 2, 3]) block.begin(sequence);
  block.abandon(3);
  block.finish(1);
  assert.equal(block.pending, 1);
  block.finish(2);
  block.advance(90);
  await block.idle();
  assert.equal(block.cursor, 2);
});
