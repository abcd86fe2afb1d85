/**
 * Several hosts that decide by their own views, with a virtual clock and reports that may be lost: once
 * everybody hears everybody again, every block has exactly one owner, and soon.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualCluster as Cluster } from "../testing/mod.ts";

function clusterOf(...ids: string[]): Cluster {
  const cluster = new Cluster();
  for (const id of ids) cluster.add(id);
  cluster.untilSettled();
  return cluster;
}

Deno.test("hosts that start together share the blocks at once", () => {
  const cluster = new Cluster();
  for (const id of ["a", "b", "c"]) cluster.add(id);
  assert.ok(cluster.untilSettled() <= 400);
});

Deno.test("the blocks of a dead host are taken over within two seconds", () => {
  const cluster = clusterOf("a", "b", "c");
  const [victim] = cluster.hosts;
  assert.ok(victim);
  victim.dead = true;
  assert.ok(cluster.untilSettled() <= 2_000);
});

Deno.test("while a host joins or drains no block ever has two owners", () => {
  const cluster = clusterOf("a", "b");
  cluster.add("c");
  const [drained] = cluster.hosts;
  assert.ok(drained);
  for (let ms = 0; ms < 3_000; ms += 10) {
    cluster.run(10);
    if (ms === 1_500) drained.draining = true;
    assert.ok(cluster.owners().every((own) => own.length <= 1));
  }
  cluster.untilSettled();
  assert.equal(drained.owned.size, 0);
});

Deno.test("a host that drains is soon without blocks, and the others have them", () => {
  const cluster = clusterOf("a", "b", "c");
  const [drained] = cluster.hosts;
  assert.ok(drained);
  drained.draining = true;
  assert.ok(cluster.untilSettled() <= 200);
});

Deno.test("a zombie gives up what it believed before it owns anything again", () => {
  const cluster = clusterOf("a", "b", "c");
  const [zombie] = cluster.hosts;
  assert.ok(zombie);
  const before = new Set(zombie.owned);
  zombie.paused = true;
  cluster.run(30_000);
  zombie.paused = false;
  cluster.run(400);
  assert.equal(zombie.owned.size, 0);
  cluster.untilSettled();
  assert.deepEqual(zombie.owned, before);
});

Deno.test("a server outage that cuts everybody off moves no block", () => {
  const cluster = clusterOf("a", "b", "c");
  const before = cluster.owners();
  cluster.hears = () => false;
  cluster.run(20_000);
  cluster.hears = () => true;
  for (let ms = 0; ms < 3_000; ms += 50) {
    cluster.run(50);
    assert.deepEqual(cluster.owners(), before);
  }
});

Deno.test("a view that is split one way heals to one owner", () => {
  const cluster = clusterOf("a", "b");
  cluster.hears = (from, to) => !(from === "a" && to === "b");
  cluster.run(5_000);
  assert.ok(cluster.owners().some((own) => own.length === 2), "b has taken a's blocks too");
  cluster.hears = () => true;
  cluster.untilSettled();
});

Deno.test("reports that flap move no block as long as none is missed for a second and a half", () => {
  const cluster = clusterOf("a", "b", "c");
  const before = cluster.owners();
  cluster.hears = (from, to, nowMs) => from === to || Math.floor(nowMs / 200) % 2 === 0;
  for (let ms = 0; ms < 20_000; ms += 100) {
    cluster.run(100);
    assert.deepEqual(cluster.owners(), before);
  }
});

Deno.test("whatever happened, one owner per block remains once everybody hears everybody", () => {
  const trouble = fc.record({
    what: fc.constantFrom("split", "pause", "kill", "add", "drain", "deafen"),
    one: fc.nat({ max: 5 }),
    other: fc.nat({ max: 5 }),
    ms: fc.integer({ min: 10, max: 4_000 }).map((ms) => ms - ms % 10),
  });
  fc.assert(
    fc.property(fc.array(trouble, { minLength: 1, maxLength: 8 }), (troubles) => {
      const cluster = clusterOf("a", "b", "c");
      const cut = new Set<string>();
      cluster.hears = (from, to) => !cut.has(`${from}>${to}`);
      for (const { what, one, other, ms } of troubles) {
        const host = cluster.hosts[one % cluster.hosts.length];
        const peer = cluster.hosts[other % cluster.hosts.length];
        assert.ok(host && peer);
        if (what === "split") cut.add(`${host.id}>${peer.id}`);
        if (what === "deafen") {
          for (const each of cluster.hosts) cut.add(`${each.id}>${host.id}`);
        }
        if (what === "pause") host.paused = true;
        if (what === "kill" && host !== cluster.hosts.at(-1)) host.dead = true;
        if (what === "drain" && host !== cluster.hosts.at(-1)) host.draining = true;
        if (what === "add") cluster.add(`new-${cluster.hosts.length}`);
        cluster.run(ms);
      }
      cut.clear();
      for (const host of cluster.hosts) host.paused = false;
      cluster.untilSettled();
    }),
    { numRuns: 100 },
  );
});
