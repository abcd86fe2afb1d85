/** The first half of the seeds that every test run goes through; the other half runs beside it. */
import assert from "node:assert/strict";
import { POINTS } from "./faults.ts";
import { runSeeds } from "./run_seeds.ts";

Deno.test("500 seeds: nothing is lost, doubled, out of order or stuck, whatever goes wrong", async () => {
  const { struck, commits } = await runSeeds(1, 500);
  assert.ok(commits > 1_000);
  for (const point of POINTS) assert.ok(struck.get(`${point} crash`), `no crash at ${point}`);
});
