import assert from "node:assert/strict";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { Consistency } from "./consistency.ts";
import { RecentVersions } from "./versions.ts";

const ANA = { userId: "ana" };

/** A read model that holds `held` and gets on by what is announced while somebody waits. */
function readModel(held: Record<string, number>, announced: Record<string, number> = {}) {
  const waits: string[] = [];
  const versions = new RecentVersions();
  const consistency = new Consistency({
    versions,
    logVersion: () => Promise.reject(new Error("not asked")),
    projection: {
      versions: (groupIds) => Promise.resolve(new Map(groupIds.map((id) => [id, held[id] ?? 0]))),
      waitFor: (groupId) => {
        waits.push(groupId);
        held[groupId] = Math.max(held[groupId] ?? 0, announced[groupId] ?? 0);
        return Promise.resolve(held[groupId]);
      },
    },
  });
  return { consistency, versions, waits, held };
}

Deno.test("a group that does not get on is waited for once, and told each time until it does", async () => {
  const { consistency, versions, waits, held } = readModel({ stuck: 3, slow: 1 }, { slow: 2 });
  versions.remember("ana", "stuck", 4);
  versions.remember("ana", "slow", 2);
  assert.deepEqual(await consistency.catchUp({ userId: "ben" }), []);
  assert.deepEqual(await consistency.catchUp(ANA), ["stuck"]);
  assert.deepEqual(await consistency.catchUp(ANA), ["stuck"]);
  assert.deepEqual(waits.toSorted(), ["slow", "stuck"]);
  held["stuck"] = 4;
  assert.deepEqual(await consistency.catchUp(ANA), []);
  assert.deepEqual(versions.allRequired("ana"), []);
});

Deno.test("where nothing may be missing a group that does not get on is a refusal", async () => {
  const { consistency, versions } = readModel({ stuck: 3 });
  await consistency.mustCatchUp(ANA);
  versions.remember("ana", "stuck", 4);
  await assert.rejects(
    consistency.mustCatchUp(ANA),
    (error) => error instanceof ProblemError && error.problem.code === "projection-lag",
  );
});
