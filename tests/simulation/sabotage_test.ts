/**
 * The simulator can fail: whatever a promise rests on is taken away, and it has to say within a bounded
 * number of seeds which promise is broken.
 */
import assert from "node:assert/strict";
import { describeFailure } from "./report.ts";
import * as sabotage from "./sabotage.ts";
import { type RunResult, runWorld } from "./world.ts";

const MOST_SEEDS = 200;

/** The first run that finds one of `invariants` violated; others may be found before. */
async function firstFailure(
  broken: sabotage.Sabotage,
  invariants: readonly string[],
): Promise<RunResult> {
  let other = "nothing";
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const result = await runWorld(seed, { sabotage: broken });
    if (invariants.includes(result.violation?.invariant ?? "")) return result;
    if (result.violation) other = describeFailure(result);
  }
  throw new Error(`Not found in ${MOST_SEEDS} seeds; found instead: ${other}`);
}

const CASES: readonly [what: string, broken: sabotage.Sabotage, invariants: readonly string[]][] = [
  ["a log that does not fence", sabotage.withoutFence, ["dense versions"]],
  ["a host that decides again what the log covers", sabotage.withoutSkipRule, [
    "mailbox order",
    "rejections are right",
  ]],
  ["cursors that are saved early", sabotage.withEarlyCursor, ["cursor behind outcomes"]],
  ["followers asked instead of the leader", sabotage.withoutLeader, ["rejections are right"]],
  ["answers before the log's", sabotage.withEarlyAnswers, ["acknowledged is in the log"]],
  ["frames that are written twice", sabotage.withRepeatedWrites, ["each version once, in order"]],
  ["tables whose offset is not fenced", sabotage.withoutOffsetFence, [
    "projection goes forward",
  ]],
];

Deno.test.each(CASES)("%s is found out", async (_what, broken, invariants) => {
  const { violation } = await firstFailure(broken, invariants);
  assert.ok(violation);
});
