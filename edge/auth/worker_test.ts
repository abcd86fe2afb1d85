import assert from "node:assert/strict";
import { pause } from "../../actors/platform/mod.ts";
import { Worker } from "./worker.ts";

Deno.test("work is done when asked for, once more when asked for meanwhile, and never twice at once", async () => {
  let running = 0;
  let done = 0;
  const worker = new Worker({
    work: async () => {
      assert.equal(++running, 1);
      await pause(5);
      running--;
      done++;
      return 60_000;
    },
    onFailure: () => 60_000,
  });
  for (let i = 0; i < 5; i++) worker.wake();
  await pause(50);
  assert.equal(done, 2);
  worker.wake();
  await worker.stop();
  assert.equal(running, 0);
  assert.equal(done, 3);
  worker.wake();
  await pause(10);
  assert.equal(done, 3);
});

Deno.test("work is done again after the time it asks for, and after that of a failure", async () => {
  let tries = 0;
  const failures: unknown[] = [];
  const worker = new Worker({
    work: () => ++tries % 2 === 0 ? Promise.reject(new Error(`${tries}`)) : Promise.resolve(1),
    onFailure: (error) => {
      failures.push(error);
      return 1;
    },
  });
  worker.wake();
  for (let i = 0; i < 200 && failures.length < 2; i++) await pause(5);
  await worker.stop();
  assert.ok(failures.length >= 2);
  assert.ok(tries >= 4);
});
