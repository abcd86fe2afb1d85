import assert from "node:assert/strict";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { Gate } from "./gate.ts";

Deno.test("no more tasks run at once than allowed, in the order of arrival", async () => {
  const gate = new Gate({ concurrency: 2, queue: 10, detail: "Full" });
  let running = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(Array.from({ length: 8 }, (_, i) =>
    gate.run(async () => {
      order.push(i);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
    })));
  assert.equal(most, 2);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("a full queue refuses, and a task that fails makes room all the same", async () => {
  const gate = new Gate({ concurrency: 1, queue: 1, detail: "Full" });
  const first = gate.run(() => Promise.reject(new RangeError("no")));
  const second = gate.run(() => Promise.resolve("done"));
  await assert.rejects(
    gate.run(() => Promise.resolve()),
    (error) => error instanceof ProblemError && error.problem.detail === "Full",
  );
  await assert.rejects(first, RangeError);
  assert.equal(await second, "done");
  assert.equal(await gate.run(() => Promise.resolve("again")), "again");
});
