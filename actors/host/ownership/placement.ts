/**
 * Which host a block belongs to: the one with the highest rendezvous hash (Thaler and Ravishankar, 1998).
 * Hosts that know of the same hosts agree without talking, and one that joins or leaves moves only its
 * own share of the blocks. Pure.
 */
import { BLOCKS } from "../../protocol/routing/mod.ts";

/** The host among `hostIds` that `block` belongs to, whatever their order; `undefined` without hosts. */
export function placeBlock(block: number, hostIds: Iterable<string>): string | undefined {
  let owner: string | undefined;
  let highest = -1;
  for (const hostId of hostIds) {
    const weight = weightOf(block, hostId);
    if (weight > highest || (weight === highest && owner !== undefined && hostId > owner)) {
      owner = hostId;
      highest = weight;
    }
  }
  return owner;
}

/** Owner of every block, by its number; empty without hosts. */
export function placeAll(hostIds: readonly string[]): readonly string[] {
  if (hostIds.length === 0) return [];
  return Array.from({ length: BLOCKS }, (_, block) => placeBlock(block, hostIds) ?? "");
}

/** FNV-1a of host and block, finished with MurmurHash3's mixer so that near inputs lie far apart. */
function weightOf(block: number, hostId: string): number {
  const text = `${hostId}/${block}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
