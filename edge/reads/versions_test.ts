import assert from "node:assert/strict";
import { RecentVersions } from "./versions.ts";

const versionsOf = (versions: RecentVersions) =>
  versions.allRequired("ana").map(([groupId, { version }]) => [groupId, version]);

Deno.test("the newest version a user saw committed is required, until it is projected", () => {
  const versions = new RecentVersions();
  versions.remember("ana", "g1", 5);
  versions.remember("ana", "g1", 4);
  versions.remember("ana", "g2", 1);
  assert.equal(versions.required("ana", "g1"), 5);
  assert.equal(versions.required("ben", "g1"), 0);
  assert.deepEqual(versionsOf(versions), [["g1", 5], ["g2", 1]]);
  versions.projected("ana", "g1", 4);
  assert.equal(versions.required("ana", "g1"), 5);
  versions.projected("ana", "g1", 6);
  assert.equal(versions.required("ana", "g1"), 0);
});

Deno.test("of very many groups of a user the ones written longest ago are forgotten", () => {
  const versions = new RecentVersions();
  for (let i = 0; i < 64; i++) versions.remember("ana", `g${i}`, 1);
  versions.remember("ana", "g0", 2);
  versions.remember("ana", "new", 1);
  assert.equal(versions.required("ana", "g0"), 2);
  assert.equal(versions.required("ana", "g1"), 0);
  assert.equal(versions.allRequired("ana").length, 64);
});

Deno.test("a version is required for some minutes only, and a newer one for as long again", () => {
  let nowMs = 0;
  const versions = new RecentVersions({ now: () => nowMs });
  versions.remember("ana", "g1", 1);
  versions.remember("ana", "g2", 1);
  nowMs = 4 * 60_000;
  versions.remember("ana", "g2", 2);
  assert.equal(versions.required("ana", "g1"), 1);
  nowMs = 5 * 60_000;
  assert.equal(versions.required("ana", "g1"), 0);
  assert.deepEqual(versionsOf(versions), [["g2", 2]]);
  nowMs = 9 * 60_000;
  assert.deepEqual(versionsOf(versions), []);
});

Deno.test("what was waited for in vain is known as late until something newer is written", () => {
  const versions = new RecentVersions();
  const lateOf = () => versions.allRequired("ana").map(([, { isLate }]) => isLate);
  versions.remember("ana", "g1", 1);
  versions.late("ana", "g1", 1);
  versions.late("ana", "g2", 1);
  assert.deepEqual(lateOf(), [true]);
  versions.remember("ana", "g1", 2);
  versions.late("ana", "g1", 1);
  assert.deepEqual(lateOf(), [false]);
});
