/**
 * The simulator can fail: whatever a promise rests on is taken away, and it has to say within a bounded
 * number of seeds which promise is broken.
 */
import assert from "node:assert/strict";
import { describeFailure } from "./report.ts";
import * as sabotage from "./sabotage.ts";
import { type RunResult, runWorld } from "./world.ts";

const MOST_SEEDS = 200;

/** The first run in which something is found. */
async function firstFailure(broken: sabotage.Sabotage): Promise<RunResult> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const result = await runWorld(seed, { sabotage: broken });
    if (result.violation) return result;
  }
  throw new Error(`Nothing was found in ${MOST_SEEDS} seeds`);
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
  const result = await firstFailure(broken);
  assert.ok(invariants.includes(result.violation?.invariant ?? ""), describeFailure(result));
});
