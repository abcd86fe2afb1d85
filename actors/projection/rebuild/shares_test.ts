import assert from "node:assert/strict";
import { followingLimits, loadedAtOnce, loadingLimits } from "./_shares.ts";

const SHARDS = [1, 2, 4, 8, 16, 32, 64];
const MIB = 1024 * 1024;

Deno.test("a rebuild reads no more ahead of many streams than of one, well below what NATS lets wait", () => {
  for (const shards of SHARDS) {
    assert.ok(loadedAtOnce(shards) * loadingLimits(shards).maxBytes <= 32 * MIB, `${shards}`);
    assert.ok(shards * followingLimits(shards).maxBytes <= 32 * MIB, `${shards}`);
    assert.ok(loadedAtOnce(shards) * loadingLimits(shards).maxMessages <= 16_000, `${shards}`);
    assert.ok(shards * followingLimits(shards).maxMessages <= 16_000, `${shards}`);
  }
});

Deno.test("no share is so small that it is not worth a transaction", () => {
  for (const shards of SHARDS) {
    for (const limits of [loadingLimits(shards), followingLimits(shards)]) {
      assert.ok(limits.maxMessages >= 250 && limits.maxBytes >= MIB / 2, `${shards}`);
    }
  }
});
