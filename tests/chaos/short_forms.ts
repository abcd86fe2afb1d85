/**
 * The short form of every scenario that tells something in a few seconds, as tests. What needs more time is
 * left to `deno task chaos`, and so are limits of time, which other work on the machine would break: these
 * run side by side.
 */
import assert from "node:assert/strict";
import { runScenario } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/mod.ts";

/** Scenarios that are not worth their time in a short form, or need what few machines have. */
const LONG_ONLY = [
  "clock-jumps",
  "cluster-quorum",
  "flapping",
  "hot-group",
  "stalled-readers",
  "gone-clients",
];
/** Scenarios in which it is NATS that fails. */
const SERVER_FAULTS = ["nats-kills", "cluster-kills", "step-downs", "disk-full", "partitions"];

/** Defines a test for each short form: of those in which NATS fails, or of all others. */
export function testShortForms(of: "server faults" | "others"): void {
  for (const scenario of SCENARIOS) {
    if (LONG_ONLY.includes(scenario.name)) continue;
    if (SERVER_FAULTS.includes(scenario.name) !== (of === "server faults")) continue;
    testShortForm(scenario);
  }
}

function testShortForm(scenario: Scenario): void {
  Deno.test(`chaos: ${scenario.name}`, async () => {
    const outcome = await runScenario(scenario, { short: true, say: () => {} });
    const { seed, failure, faults, checks } = outcome;
    const broken = checks.filter(({ kind, ok }) => kind === "truth" && !ok);
    assert.deepEqual({ seed, failure, faults: faults.slice(0, 10), broken }, {
      seed,
      failure: undefined,
      faults: [],
      broken: [],
    });
  });
}
