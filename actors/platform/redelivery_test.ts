import assert from "node:assert/strict";
import { MAX_TRIES, nextTryInMs } from "./redelivery.ts";

Deno.test("a message is tried five times, one, five and then thirty seconds apart", () => {
  const waits: number[] = [];
  let tries = 1;
  for (let wait = nextTryInMs(tries); wait !== undefined; wait = nextTryInMs(++tries)) {
    waits.push(wait);
  }
  assert.deepEqual(waits, [1_000, 5_000, 30_000, 30_000]);
  assert.equal(tries, MAX_TRIES);
});

Deno.test("a count beyond the last try gets no other", () => {
  for (const failed of [MAX_TRIES, MAX_TRIES + 1, 1_000]) {
    assert.equal(nextTryInMs(failed), undefined);
  }
});
