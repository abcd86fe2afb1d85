/**
 * `deno task simulate:sessions [--sessions 1100000] [--seed 1] [--scenario NAME] [--set RING_COMMITS=64]
 * [--by-group]`: a million people's streams in virtual time, through what can befall them. Ends with 1 when a goal is missed.
 */
import { parseArgs } from "node:util";
import { readFigures, valuesOf } from "../bench/costs.ts";
import { ASSUMPTIONS, deployedSettings } from "../capacity/mod.ts";
import { describeHosts, loseHost } from "./host_loss.ts";
import { describe } from "./report.ts";
import { runScenario } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { usersOnline, streamsPerUser } = ASSUMPTIONS;
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      sessions: { type: "string", default: String(usersOnline.value * streamsPerUser.value) },
      seed: { type: "string", default: "1" },
      scenario: { type: "string" },
      "by-group": { type: "boolean", default: false },
      set: { type: "string", multiple: true, default: [] },
    },
  });
  const settings = deployedSettings(Object.fromEntries(values.set.map((setting) => {
    const equals = setting.indexOf("=");
    return [setting.slice(0, equals), setting.slice(equals + 1)];
  })));
  const byGroup = values["by-group"];
  const [seed, sessions] = [Number(values.seed), Number(values.sessions)];
  const costs = valuesOf(await readFigures());
  const chosen = SCENARIOS.filter(({ name }) =>
    values.scenario === undefined || name === values.scenario
  );
  let met = true;
  for (const scenario of chosen) {
    const result = describe(
      await runScenario(scenario, { seed, sessions, costs, byGroup, settings }),
    );
    console.log(result.text);
    met &&= result.met;
  }
  for (const how of ["killed", "drained", "rolled"] as const) {
    if (values.scenario !== undefined && values.scenario !== `host-${how}`) continue;
    const result = describeHosts(loseHost(how, { seed, sessions, costs }));
    console.log(result.text);
    met &&= result.met;
  }
  return met ? 0 : 1;
}
