/**
 * `deno task chaos [--scenario NAME] [--seconds N] [--kills N] [--seed N] [--short] [--logs]`: breaks
 * real processes on purpose, judges what is left, and writes what it found into REPORT.md. `--logs` shows
 * what the processes complain about. Ends with 1 when anything is wrong.
 */
import { parseArgs } from "node:util";
import { killChildren, listenToChildren } from "./child.ts";
import { writeReport } from "./report.ts";
import { type Outcome, runScenario } from "./run.ts";
import { SCENARIOS } from "./scenarios/mod.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    scenario: { type: "string", multiple: true },
    seconds: { type: "string" },
    kills: { type: "string" },
    seed: { type: "string" },
    short: { type: "boolean", default: false },
    logs: { type: "boolean", default: false },
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    console.error(`Stopped by ${signal}`);
    killChildren();
    Deno.exit(130);
  });
}

if (values.logs) listenToChildren((line) => console.log(`    ${line}`));

const wanted = values.scenario ?? SCENARIOS.map(({ name }) => name);
const unknown = wanted.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  console.error(`There is no scenario "${unknown[0]}". There are:`);
  for (const { name, about } of SCENARIOS) console.error(`  ${name.padEnd(22)} ${about}`);
  Deno.exit(2);
}

const number = (text: string | undefined) => text === undefined ? undefined : Number(text);
const outcomes: Outcome[] = [];
for (const scenario of SCENARIOS.filter(({ name }) => wanted.includes(name))) {
  const outcome = await runScenario(scenario, {
    short: values.short,
    seed: number(values.seed),
    seconds: number(values.seconds),
    kills: number(values.kills),
    say: (line) => console.log(line),
  });
  outcomes.push(outcome);
  // A short run says too little to stand in the report.
  if (!values.short) await writeReport(outcome);
}
const failed = outcomes.filter(({ ok }) => !ok);
console.log(
  failed.length === 0
    ? `${outcomes.length} scenarios, nothing wrong`
    : `${failed.length} of ${outcomes.length} scenarios found something: ${
      failed.map(({ name }) => name).join(", ")
    }`,
);
// A scenario that failed halfway may have left something waiting.
Deno.exit(failed.length === 0 ? 0 : 1);
