/**
 * Partitions and blocks. An actor's partition is for ever (the hash of Todo-1M); blocks, the unit of
 * ownership, and stream shards, the unit of storage, are configuration on top of it.
 */
import { crc32 } from "node:zlib";

/** How many partitions the id space is cut into; never changes. */
export const PARTITIONS = 1024;
/** How many blocks are owned and handed over as one; 16 partitions each. */
export const BLOCKS = 64;
const PARTITIONS_PER_BLOCK = PARTITIONS / BLOCKS;

/** Partition of an actor: CRC-32 (IEEE 802.3) of the id's UTF-8 bytes, modulo {@link PARTITIONS}. */
export function partitionOf(id: string): number {
  return crc32(id) % PARTITIONS;
}

/** Block that holds `partition`. */
export function blockOf(partition: number): number {
  return Math.floor(partition / PARTITIONS_PER_BLOCK);
}

/** Partitions of `block`. */
export function partitionsOf(block: number): number[] {
  return Array.from({ length: PARTITIONS_PER_BLOCK }, (_, i) => block * PARTITIONS_PER_BLOCK + i);
}

/** Stream shard that stores `block` when the streams are cut into `shards` (which divides 64). */
export function shardOfBlock(block: number, shards: number): number {
  return Math.floor(block / (BLOCKS / shards));
}

/** Blocks that stream shard `shard` of `shards` stores, in order. */
export function blocksOfShard(shard: number, shards: number): number[] {
  return Array.from({ length: BLOCKS }, (_, block) => block)
    .filter((block) => shardOfBlock(block, shards) === shard);
}
