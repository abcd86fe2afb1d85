/** A seed is worth something only if it is the whole run. */
import assert from "node:assert/strict";
import { withoutFence } from "./sabotage.ts";
import { runWorld } from "./world.ts";

Deno.test("the same seed gives the same run, to the last line of its trace", async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const [first, second] = [await runWorld(seed), await runWorld(seed)];
    assert.deepEqual(second, first);
    hashes.add(first.traceHash);
  }
  assert.equal(hashes.size, 20);
});

Deno.test("runs beside each other do not touch each other", async () => {
  const alone = await runWorld(7);
  const [beside] = await Promise.all([runWorld(7), runWorld(8), runWorld(9)]);
  assert.equal(beside.traceHash, alone.traceHash);
});

Deno.test("a run that fails fails again, at the same step", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const first = await runWorld(seed, { sabotage: withoutFence });
    if (!first.violation) continue;
    assert.deepEqual(await runWorld(seed, { sabotage: withoutFence }), first);
    return;
  }
  assert.fail("no seed has failed");
});
