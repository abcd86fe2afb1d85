import assert from "node:assert/strict";
import fc from "fast-check";
import { BLOCKS } from "../../protocol/routing/mod.ts";
import { placeAll, placeBlock } from "./placement.ts";

const hosts = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 12 });

Deno.test("every block has exactly one owner, which is one of the hosts", () => {
  fc.assert(fc.property(hosts, (ids) => {
    const owners = placeAll(ids);
    assert.equal(owners.length, BLOCKS);
    assert.ok(owners.every((owner) => ids.includes(owner)));
  }));
});

Deno.test("hosts that know of the same hosts agree, in whatever order they learned of them", () => {
  fc.assert(fc.property(hosts, fc.nat(), (ids, seed) => {
    const shuffled = ids.toSorted((a, b) => hashOf(a, seed) - hashOf(b, seed));
    assert.deepEqual(placeAll(shuffled), placeAll(ids));
  }));
});

Deno.test("a host that joins takes blocks only to itself, one that leaves moves only its own", () => {
  fc.assert(fc.property(hosts, fc.uuid(), (ids, newcomer) => {
    fc.pre(!ids.includes(newcomer));
    const without = placeAll(ids);
    const withIt = placeAll([...ids, newcomer]);
    for (const [block, owner] of withIt.entries()) {
      if (owner !== newcomer) assert.equal(owner, without[block]);
    }
  }));
});

Deno.test("a host that joins n others moves about one in n + 1 blocks", () => {
  for (const n of [1, 2, 4, 9]) {
    let moved = 0;
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const ids = Array.from({ length: n }, (_, i) => `host-${run}-${i}`);
      const newcomer = `new-${run}`;
      moved += placeAll([...ids, newcomer]).filter((owner) => owner === newcomer).length;
    }
    const expected = runs * BLOCKS / (n + 1);
    assert.ok(Math.abs(moved - expected) < expected * 0.1, `${moved} moved, about ${expected} due`);
  }
});

Deno.test("three hosts share the blocks without one having most of them", () => {
  for (let run = 0; run < 100; run++) {
    const owners = placeAll([`a${run}`, `b${run}`, `c${run}`]);
    const shares = [...Map.groupBy(owners, (owner) => owner).values()].map(({ length }) => length);
    assert.equal(shares.length, 3);
    assert.ok(Math.max(...shares) < BLOCKS * 0.6, `shares ${shares}`);
  }
});

Deno.test("without hosts nobody owns a block", () => {
  assert.equal(placeBlock(3, []), undefined);
  assert.deepEqual(placeAll([]), []);
});

function hashOf(text: string, seed: number): number {
  let hash = seed | 0;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return hash;
}
