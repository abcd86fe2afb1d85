import assert from "node:assert/strict";
import { Follows } from "./follows.ts";

const LIMITS = { idleFeedMs: 1_000, maxIdleFeeds: 2 };

Deno.test("the first watcher begins to follow, others wait for it, later ones find it open", () => {
  const follows = new Follows(LIMITS);
  assert.equal(follows.acquire(7), "not");
  assert.equal(follows.acquire(7), "opening");
  assert.equal(follows.opened(7), true);
  assert.equal(follows.opened(7), false);
  assert.equal(follows.acquire(7), "open");
  assert.equal(follows.watchers(7), 3);
});

Deno.test("a group that nobody watches is kept for a while, and only so many of them", () => {
  const follows = new Follows(LIMITS);
  for (const group of [1, 2, 3]) {
    follows.acquire(group);
    follows.opened(group);
    follows.release(group, group);
  }
  assert.equal(follows.acquire(1), "not", "the longest idle one made room");
  assert.equal(follows.acquire(2), "open");
  follows.expire(1_003);
  assert.equal(follows.acquire(3), "not", "idle for too long");
});

Deno.test("a watcher that goes before the group is open leaves it to the others", () => {
  const follows = new Follows(LIMITS);
  follows.acquire(4);
  follows.acquire(4);
  follows.release(4, 0);
  assert.equal(follows.watchers(4), 1);
  assert.equal(follows.opened(4), true);
  assert.equal(follows.watchers(4), 1);
  assert.throws(() => {
    follows.release(4, 0);
    follows.release(4, 0);
  }, RangeError);
});
