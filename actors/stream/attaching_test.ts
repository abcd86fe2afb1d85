/** How long readers wait for groups while the log does not answer. */
import assert from "node:assert/strict";
import { ProblemError } from "../protocol/mod.ts";
import { Admission } from "./admission.ts";
import { attachGroups } from "./attaching.ts";
import { GROUP, group, settle, World } from "./testing/mod.ts";

/** Longer than feeds without readers are kept. */
const IDLE_MS = 61_000;

/** A world with one group, whose log answers nothing until the gate is opened. */
function hanging() {
  const world = new World();
  group(world);
  const gate = Promise.withResolvers<void>();
  const newest = world.log.newest.bind(world.log);
  world.log.newest = async (groupId) => {
    await gate.promise;
    return await newest(groupId);
  };
  const admission = new Admission({ atOnce: 10, onLimited: () => {} });
  const context = { admission, feeds: world.feeds, epoch: world.context.epoch, openMs: 30 };
  const attach = (begin: () => boolean = () => assert.fail("nobody waits any more")) =>
    attachGroups({ userId: "ana", groupIds: [GROUP], cursor: undefined }, context, begin);
  return { world, gate, admission, attach };
}

const isUnavailable = (error: unknown) =>
  error instanceof ProblemError && error.problem.code === "unavailable";

Deno.test("a reader is told in time that the log does not answer, and what comes later is let go", async () => {
  const { world, gate, admission, attach } = hanging();
  await Promise.all([1, 2, 3].map(() => assert.rejects(attach(), isUnavailable)));
  assert.equal(admission.opening, 0);
  gate.resolve();
  await settle();
  // Kept for a while without readers, then gone: nobody holds it.
  assert.equal(world.feeds.size, 1);
  world.advance(IDLE_MS);
  await settle();
  assert.equal(world.feeds.size, 0);
  world.feeds.close();
});

Deno.test("once the log answers a reader gets the group that others gave up waiting for", async () => {
  const { world, gate, attach } = hanging();
  await assert.rejects(attach(), isUnavailable);
  gate.resolve();
  let begun = false;
  await attach(() => {
    begun = true;
    return false;
  });
  assert.ok(begun);
  world.feeds.close();
});
