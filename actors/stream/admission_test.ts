/** How many may open a stream at the same time. */
import assert from "node:assert/strict";
import { ProblemError } from "../protocol/mod.ts";
import { Admission } from "./admission.ts";

Deno.test("so many are let in at once, the rest is sent away, and places are given back", async () => {
  let sentAway = 0;
  const admission = new Admission({ atOnce: 3, onLimited: () => sentAway++ });
  const gate = Promise.withResolvers<void>();
  const opened = [1, 2, 3].map(() => admission.admit(() => gate.promise));
  for (let i = 0; i < 2; i++) {
    await assert.rejects(
      admission.admit(() => Promise.resolve()),
      (error) => error instanceof ProblemError && error.problem.code === "unavailable",
    );
  }
  assert.deepEqual([admission.opening, sentAway], [3, 2]);
  gate.resolve();
  await Promise.all(opened);
  await assert.rejects(
    admission.admit(() => Promise.reject(new Error("no such group"))),
    /no such group/,
  );
  assert.equal(admission.opening, 0);
});
