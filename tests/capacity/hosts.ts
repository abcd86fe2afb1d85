/** How unevenly the real placement spreads 64 blocks over hosts. */
import { BLOCKS } from "../../actors/protocol/routing/mod.ts";
import { placeAll } from "../../actors/host/testing/mod.ts";

const DRAWS = 20;
/** Shares that have been reckoned, by number of hosts. */
const known = new Map<number, number>();

/** Share of the blocks that the busiest of `hosts` hosts has, on average over several sets of ids. */
export function busiestShare(hosts: number): number {
  const share = known.get(hosts) ?? drawnShare(hosts);
  known.set(hosts, share);
  return share;
}

function drawnShare(hosts: number): number {
  let sum = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const ids = Array.from({ length: hosts }, (_, host) => `host-${draw}-${host}`);
    const owned = new Map<string, number>();
    for (const id of placeAll(ids)) owned.set(id, (owned.get(id) ?? 0) + 1);
    sum += Math.max(...owned.values()) / BLOCKS;
  }
  return sum / DRAWS;
}

/** The least number of hosts of which the busiest has no more than `share`; `undefined`: blocks are too few. */
export function hostsFor(share: number): number | undefined {
  // More hosts than blocks do nothing. The mean of several draws may go up by one block now and then.
  for (let hosts = 1; hosts <= BLOCKS; hosts++) if (busiestShare(hosts) <= share) return hosts;
  return undefined;
}
