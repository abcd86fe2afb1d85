import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchQueue, lingerOf } from "./_queue.ts";

const limits = { maxItems: 3, maxBytes: 100, lingerMs: 0 };
const item = (n: number, sizeBytes = 1) => ({ n, sizeBytes });

Deno.test("a lone item is handed out at once", async () => {
  const queue = new BatchQueue<{ n: number; sizeBytes: number }>(limits);
  const taken = queue.take();
  queue.push(item(1));
  assert.deepEqual(await taken, [item(1)]);
});

Deno.test("batches keep the order and respect both limits, whatever the sizes", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 40 }),
    async (sizes) => {
      const queue = new BatchQueue<{ n: number; sizeBytes: number }>(limits);
      const seen: number[] = [];
      for (const [n, size] of sizes.entries()) queue.push(item(n, size));
      while (seen.length < sizes.length) {
        const batch = await queue.take() ?? [];
        const bytes = batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        assert(batch.length >= 1 && batch.length <= limits.maxItems);
        assert(bytes <= limits.maxBytes || batch.length === 1);
        seen.push(...batch.map(({ n }) => n));
      }
      assert.deepEqual(seen, sizes.map((_, n) => n));
    },
  ));
});

Deno.test("a full queue makes its filler wait until there is room", async () => {
  const queue = new BatchQueue<{ sizeBytes: number }>(limits);
  let room: Promise<void> | undefined;
  for (let n = 0; n < 6; n++) room = queue.push({ sizeBytes: 1 });
  assert(room);
  let free = false;
  const freed = room.then(() => free = true);
  await Promise.resolve();
  assert.equal(free, false);
  await queue.take();
  await freed;
  assert.equal(queue.push({ sizeBytes: 1 }), undefined);
});

Deno.test("closing ends a take that waits and lets a filler go", async () => {
  const queue = new BatchQueue<{ sizeBytes: number }>({ ...limits, maxItems: 1 });
  queue.push({ sizeBytes: 1 });
  const room = queue.push({ sizeBytes: 1 });
  const other = new BatchQueue<{ sizeBytes: number }>(limits);
  const taken = other.take();
  queue.close();
  other.close();
  await room;
  assert.equal(await taken, undefined);
  assert.equal(await queue.take(), undefined);
});

Deno.test("only a busy queue lingers", () => {
  assert.equal(lingerOf(1, { ...limits, lingerMs: 5 }), 0);
  assert.equal(lingerOf(50, { ...limits, lingerMs: 5 }), 5);
});
