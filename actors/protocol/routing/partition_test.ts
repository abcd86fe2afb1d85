/** The golden vectors were computed with zlib's crc32 from Python, not with the code under test. */
import assert from "node:assert/strict";
import vectors from "./fixtures/partitions.json" with { type: "json" };
import {
  blockOf,
  BLOCKS,
  blocksOfShard,
  partitionOf,
  PARTITIONS,
  partitionsOf,
  shardOfBlock,
} from "./partition.ts";

Deno.test("a group's partition is the CRC-32 of its id modulo 1024, for ever", () => {
  assert.ok(vectors.length >= 40);
  for (const { id, crc32, partition } of vectors) {
    assert.equal(crc32 % PARTITIONS, partition);
    assert.equal(partitionOf(id), partition, id);
  }
});

Deno.test("the CRC is the IEEE one: its check value is that of the catalogue", () => {
  assert.equal(vectors.find(({ id }) => id === "123456789")?.crc32, 0xcbf43926);
});

Deno.test("every partition is in one block and every block in one shard", () => {
  const sizes = new Map<number, number>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    sizes.set(blockOf(partition), (sizes.get(blockOf(partition)) ?? 0) + 1);
  }
  assert.deepEqual([...sizes], Array.from({ length: BLOCKS }, (_, block) => [block, 16]));
  for (const shards of [1, 2, 4, 64]) {
    const used = new Set(Array.from({ length: BLOCKS }, (_, block) => shardOfBlock(block, shards)));
    assert.deepEqual([...used], Array.from({ length: shards }, (_, shard) => shard));
  }
});

Deno.test("a block's partitions lead back to it, and a shard's blocks to the shard", () => {
  for (let block = 0; block < BLOCKS; block++) {
    assert.equal(partitionsOf(block).length, 16);
    assert.ok(partitionsOf(block).every((partition) => blockOf(partition) === block));
  }
  assert.deepEqual(blocksOfShard(3, 4), Array.from({ length: 16 }, (_, i) => 48 + i));
  assert.equal(blocksOfShard(0, 1).length, BLOCKS);
});
