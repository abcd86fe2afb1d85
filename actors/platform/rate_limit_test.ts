import assert from "node:assert/strict";
import fc from "fast-check";
import { RateLimiter, tooOften, whenInWords } from "./rate_limit.ts";

Deno.test("a key may use its quota at once and then at the pace of the refill", () => {
  let now = 1_000;
  const limiter = new RateLimiter("reads", { limit: 3, windowSeconds: 60 }, { now: () => now });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limiter.take("ana")).map((
      { allowed, remaining },
    ) => [allowed, remaining]),
    [[true, 2], [true, 1], [true, 0], [false, 0]],
  );
  assert.equal(limiter.take("ben").allowed, true, "keys do not share");
  const refused = limiter.take("ana");
  assert.equal(refused.seconds, 20);
  now += refused.seconds * 1000;
  assert.equal(limiter.take("ana").allowed, true);
  assert.equal(limiter.take("ana").allowed, false);
});

Deno.test("the header fields name policy, rest and reset", () => {
  const limiter = new RateLimiter("auth", { limit: 2, windowSeconds: 60 }, { now: () => 0 });
  assert.equal(limiter.policy, '"auth";q=2;w=60');
  assert.equal(limiter.state(limiter.take("ana")), '"auth";r=1;t=30');
  assert.equal(limiter.state(limiter.take("ana")), '"auth";r=0;t=60');
  assert.equal(limiter.state(limiter.take("ana")), '"auth";r=0;t=30');
});

Deno.test("a refusal of many says how many there is room for, and these are taken", () => {
  const limiter = new RateLimiter("commands", { limit: 10, windowSeconds: 60 }, { now: () => 0 });
  limiter.take("ana", 6);
  const refused = limiter.take("ana", 8);
  assert.deepEqual(refused, { allowed: false, remaining: 4, seconds: 24 });
  assert.deepEqual(limiter.peek("ana", 8), refused);
  assert.equal(limiter.take("ana", 5).allowed, false);
  assert.equal(limiter.take("ana", refused.remaining).allowed, true);
});

Deno.test("a person is told in plain words when to try again", () => {
  assert.deepEqual([1, 119, 120, 121].map(whenInWords), [
    "in 1 second",
    "in 119 seconds",
    "in 2 minutes",
    "in 3 minutes",
  ]);
  assert.match(tooOften(12), /^Too many requests .* was not taken, try again in 12 seconds$/);
});

Deno.test("looking takes nothing, and a limit of 0 is no limit", () => {
  const limiter = new RateLimiter("auth", { limit: 1, windowSeconds: 60 }, { now: () => 0 });
  for (let i = 0; i < 5; i++) assert.equal(limiter.peek("ana").allowed, true);
  assert.equal(limiter.take("ana").allowed, true);
  assert.equal(limiter.peek("ana").allowed, false);
  const open = new RateLimiter("auth", { limit: 0, windowSeconds: 60 }, { now: () => 0 });
  assert.equal(open.enabled, false);
  for (let i = 0; i < 100; i++) assert.equal(open.take("ana").allowed, true);
});

Deno.test("never more than twice the quota passes in one window, whatever the rhythm", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 200 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), steps, (limit, pauses) => {
    let now = 0;
    const limiter = new RateLimiter("reads", { limit, windowSeconds: 10 }, { now: () => now });
    const taken: number[] = [];
    for (const pause of pauses) {
      now += pause;
      if (limiter.take("ana").allowed) taken.push(now);
      assert.ok(taken.filter((at) => at > now - 10_000).length <= 2 * limit);
    }
    assert.ok(taken.length >= Math.min(limit, pauses.length), "the quota itself always passes");
  }));
});

Deno.test("what was taken elsewhere counts as if it had been taken here", () => {
  let now = 0;
  const taken: string[] = [];
  const quota = { limit: 10, windowSeconds: 10 };
  const limiter = new RateLimiter("reads", quota, {
    now: () => now,
    onTake: (key) => taken.push(key),
  });
  limiter.note("ana", 8);
  assert.equal(limiter.take("ana").remaining, 1);
  assert.equal(limiter.take("ana").remaining, 0);
  assert.equal(limiter.take("ana").allowed, false);
  // More than there was: it is paid for later.
  limiter.note("ana", 2);
  assert.equal(limiter.take("ana").seconds, 3);
  now += 3_000;
  assert.equal(limiter.take("ana").allowed, true);
  assert.deepEqual(taken, ["ana", "ana", "ana"]);
});

Deno.test("several requests at once are taken together or not at all", () => {
  const limiter = new RateLimiter("commands", { limit: 10, windowSeconds: 10 }, { now: () => 0 });
  assert.equal(limiter.take("ana", 7).remaining, 3);
  assert.deepEqual(limiter.take("ana", 4), { allowed: false, remaining: 3, seconds: 1 });
  assert.equal(limiter.take("ana", 3).remaining, 0);
});
