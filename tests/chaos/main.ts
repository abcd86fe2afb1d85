/**
 * `deno task chaos`, see `--help`: breaks real processes on purpose, judges what is left, and writes what
 * it found into REPORT.md. Ends with 1 when anything is wrong, with 2 when it was called wrongly.
 */
import { parseArgs } from "node:util";
import { keepGoals } from "../bench/goal_table.ts";
import { type Task, TASKS } from "../bench/stream_goals.ts";
import { killChildren, listenToChildren } from "./child.ts";
import { isInside, runInside } from "./own_network.ts";
import { writeReport } from "./report.ts";
import { type Outcome, runScenario } from "./run.ts";
import { SCENARIOS } from "./scenarios/mod.ts";

const USAGE = [
  "deno task chaos [options]",
  "",
  "  --scenario NAME  only this one; may be repeated",
  "  --seconds N      how long the load runs, in scenarios that do not count blows",
  "  --kills N        how many blows, in those that do",
  "  --seed N         makes the same choices again",
  "  --short          small numbers, little time, and no report",
  "  --logs           shows what the processes complain about",
  "",
  "Scenarios:",
  ...SCENARIOS.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`),
].join("\n");

const values = readArguments();
if (values.help) {
  console.log(USAGE);
  Deno.exit(0);
}

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
if (unknown.length > 0) refuse(`There is no scenario "${unknown[0]}".`);

const outcomes: Pick<Outcome, "name" | "ok">[] = [];
for (const scenario of SCENARIOS.filter(({ name }) => wanted.includes(name))) {
  const { name, ownNetwork } = scenario;
  if (ownNetwork && !isInside()) {
    const ok = await runInside(argumentsFor(name), ownNetwork);
    outcomes.push({ name, ok });
    continue;
  }
  const outcome = await runScenario(scenario, {
    short: values.short,
    seed: number("seed"),
    seconds: number("seconds"),
    kills: number("kills"),
    say: (line) => console.log(line),
  });
  outcomes.push(outcome);
  // A short run says too little to stand in the report.
  if (values.short) continue;
  await writeReport(outcome);
  if (outcome.goals) await keepGoals(taskOf(name), outcome.goals);
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

/** The task that keeps its figures beside the goals under the scenario's name. */
function taskOf(name: string): Task {
  const task = TASKS.find((each) => each === `chaos --scenario ${name}`);
  if (!task) throw new Error(`No goal is measured by the scenario ${name}`);
  return task;
}

/** Says what is wrong and how it is done right, and ends. */
function refuse(what: string): never {
  console.error(`${what}\n\n${USAGE}`);
  Deno.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      args: Deno.args,
      options: {
        scenario: { type: "string", multiple: true },
        seconds: { type: "string" },
        kills: { type: "string" },
        seed: { type: "string" },
        short: { type: "boolean", default: false },
        logs: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError) refuse(error.message);
    throw error;
  }
}

/** What this program is called with to do the same for scenario `name` alone. */
function argumentsFor(name: string): string[] {
  const counts = (["seconds", "kills", "seed"] as const)
    .flatMap((option) => values[option] === undefined ? [] : [`--${option}`, values[option]]);
  const flags = (["short", "logs"] as const).flatMap((flag) => values[flag] ? [`--${flag}`] : []);
  return ["--scenario", name, ...counts, ...flags];
}

/** A whole number among the options; `undefined` without it. */
function number(name: "seed" | "seconds" | "kills"): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) refuse(`--${name} takes a whole number, not "${text}".`);
  return Number(text);
}
