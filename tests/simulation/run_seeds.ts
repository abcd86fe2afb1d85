/** Runs many seeds one after the other, for tests. */
import assert from "node:assert/strict";
import { describeFailure, type Totals, totalsOf } from "./report.ts";
import { type RunResult, runWorld } from "./world.ts";

/** Runs the seeds from `first` to `last`. @throws {AssertionError} with the report of the first that fails */
export async function runSeeds(first: number, last: number): Promise<Totals> {
  const results: RunResult[] = [];
  for (let seed = first; seed <= last; seed++) {
    const result = await runWorld(seed);
    assert.ok(!result.violation, describeFailure(result));
    results.push(result);
  }
  return totalsOf(results);
}
