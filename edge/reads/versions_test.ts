import assert from "node:assert/strict";
import { RecentVersions } from "./versions.ts";

Deno.test("the newest version a user saw committed is required, until it is projected", () => {
  const versions = new RecentVersions();
  versions.remember("ana", "g1", 5);
  versions.remember("ana", "g1", 4);
  versions.remember("ana", "g2", 1);
  assert.equal(versions.required("ana", "g1"), 5);
  assert.equal(versions.required("ben", "g1"), 0);
  assert.deepEqual(versions.allRequired("ana"), [["g1", 5], ["g2", 1]]);
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
