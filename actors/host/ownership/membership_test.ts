import assert from "node:assert/strict";
import { DEAD_AFTER_MS, Membership, type Presence, REPORT_EVERY_MS } from "./membership.ts";

const report = (hostId: string, blocks: number[] = [], draining = false): Presence => ({
  hostId,
  draining,
  blocks: new Set(blocks),
});

/** A host "me" that was started at 0 and has heard itself at once. */
function joined(): Membership {
  const membership = new Membership("me", 0);
  membership.hear(report("me"), 0);
  return membership;
}

/** Lets time pass from `fromMs` to `toMs` with a report of each of `hosts` every so often. */
function pass(membership: Membership, fromMs: number, toMs: number, hosts: Presence[]): void {
  for (let ms = fromMs; ms <= toMs; ms += REPORT_EVERY_MS) {
    for (const host of hosts) membership.hear(host, ms);
  }
}

const stateOf = (membership: Membership, hostId: string, nowMs: number) =>
  membership.view(nowMs).members.find((member) => member.hostId === hostId)?.state;

Deno.test("a host is a member from the moment it hears itself", () => {
  const membership = new Membership("me", 1_000);
  assert.equal(membership.view(1_050).joinedAtMs, undefined);
  membership.hear(report("me"), 1_060);
  assert.equal(membership.view(1_070).joinedAtMs, 1_060);
});

Deno.test("a silent host is suspect, then dead, with the blocks it died with, then forgotten", () => {
  const membership = joined();
  pass(membership, 0, 900, [report("me"), report("other", [4])]);
  assert.equal(stateOf(membership, "other", 1_000), "live");
  pass(membership, 1_200, 1_800, [report("me")]);
  assert.equal(stateOf(membership, "other", 1_800), "suspect");
  pass(membership, 2_100, 2_400, [report("me")]);
  assert.equal(stateOf(membership, "other", 2_400), "suspect");
  assert.equal(stateOf(membership, "other", 900 + DEAD_AFTER_MS + 1), "dead");
  assert.deepEqual([...membership.view(2_500).members[0]?.blocks ?? []], [4]);
  pass(membership, 2_700, 70_000, [report("me")]);
  assert.deepEqual(membership.view(70_000).members, []);
});

Deno.test("a report that comes twice changes nothing", () => {
  const membership = joined();
  membership.hear(report("other", [1, 2]), 10);
  const once = membership.view(20);
  membership.hear(report("other", [1, 2]), 20);
  const twice = membership.view(20);
  assert.equal(twice.stableSinceMs, once.stableSinceMs);
  assert.equal(twice.members.length, 1);
  assert.equal(twice.releasedAtMs.size, 0);
});

Deno.test("coming, draining and dying unsettle the view, reports do not", () => {
  const membership = joined();
  const other = report("other");
  pass(membership, 300, 900, [report("me"), other]);
  assert.equal(membership.view(1_000).stableSinceMs, 300);
  pass(membership, 1_200, 1_500, [report("me"), report("other", [], true)]);
  assert.equal(membership.view(1_600).stableSinceMs, 1_200);
  pass(membership, 1_800, 3_000, [report("me")]);
  assert.equal(membership.view(3_050).stableSinceMs, 3_050);
});

Deno.test("a block that a living host reports no more was released then, until somebody reports it", () => {
  const membership = joined();
  membership.hear(report("other", [1, 2, 3]), 100);
  membership.hear(report("other", [2]), 200);
  assert.deepEqual([...membership.view(210).releasedAtMs], [[1, 200], [3, 200]]);
  membership.hear(report("third", [3]), 300);
  assert.deepEqual([...membership.view(310).releasedAtMs], [[1, 200]]);
});

Deno.test("a host that comes back after its death has been there only since then", () => {
  const membership = joined();
  pass(membership, 0, 600, [report("me"), report("other")]);
  pass(membership, 900, 2_400, [report("me")]);
  membership.hear(report("other"), 2_500);
  assert.equal(membership.view(2_500).members[0]?.sinceMs, 2_500);
  assert.equal(membership.view(2_500).members[0]?.state, "live");
});

Deno.test("a host that was paused takes nobody for dead: it forgets the others and joins again", () => {
  const membership = joined();
  pass(membership, 0, 900, [report("me"), report("other", [7])]);
  const woken = membership.view(31_000);
  assert.equal(woken.joinedAtMs, undefined);
  assert.deepEqual(woken.members, []);
  membership.hear(report("me"), 31_010);
  assert.equal(membership.view(31_020).joinedAtMs, 31_010);
  assert.ok(membership.view(31_020).stableSinceMs > 31_010 + REPORT_EVERY_MS);
});

Deno.test("a report is what first wakes a paused host: the pause is noticed all the same", () => {
  const membership = joined();
  pass(membership, 0, 900, [report("me"), report("other", [7])]);
  membership.hear(report("other", [7]), 31_000);
  assert.equal(membership.view(31_000).joinedAtMs, undefined);
  assert.equal(membership.view(31_000).members.length, 1);
});

Deno.test("a host that does not hear itself draws no conclusions, and joins again when it does", () => {
  const membership = joined();
  pass(membership, 0, 900, [report("me"), report("other", [7])]);
  for (let ms = 950; ms <= 1_500; ms += 50) membership.view(ms);
  assert.equal(membership.view(1_550).joinedAtMs, undefined);
  for (let ms = 1_600; ms <= 5_000; ms += 50) {
    const { joinedAtMs, members } = membership.view(ms);
    assert.equal(joinedAtMs, undefined);
    assert.ok(members.every(({ state }) => state !== "dead"), `dead at ${ms}`);
  }
  membership.hear(report("me"), 5_010);
  assert.equal(membership.view(5_020).joinedAtMs, 5_010);
});

Deno.test("a short silence of its own changes nothing", () => {
  const membership = joined();
  pass(membership, 0, 900, [report("me"), report("other", [7])]);
  for (let ms = 950; ms <= 1_900; ms += 50) membership.view(ms);
  membership.hear(report("me"), 1_950);
  membership.hear(report("other", [7]), 1_950);
  assert.equal(membership.view(1_960).joinedAtMs, 0);
});
