/**
 * The table of goals with what was measured: each run that is told to `--keep` puts its figures into
 * `goals.json`, in place of those of its task's last run, and the table is made of that. Pure, but for
 * `keepGoals` and `readRuns`.
 */
import * as v from "valibot";
import { originOfRun } from "./costs.ts";
import {
  type Figure,
  type GoalId,
  GOALS,
  shown,
  type Task,
  TASKS,
  verdict,
} from "./stream_goals.ts";

const FILE = new URL("./goals.json", import.meta.url);
const Run = v.object({
  /** When it ended, ISO 8601. */
  at: v.string(),
  commit: v.string(),
  machine: v.string(),
  command: v.string(),
  figures: v.array(v.object({
    id: v.picklist(GOALS.map(({ id }) => id)),
    // What never came is worse than any number, and JSON has none for it.
    value: v.nullable(v.number()),
    beside: v.array(v.string()),
  })),
});
const RunsText = v.record(v.picklist(TASKS), Run);

/** The newest run of each task that was kept. */
export type Runs = Partial<v.InferOutput<typeof RunsText>>;

/** What has been kept so far. */
export async function readRuns(): Promise<Runs> {
  try {
    return v.parse(RunsText, JSON.parse(await Deno.readTextFile(FILE)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Keeps the figures of a run of `task`, with the machine, time, commit and command. */
export async function keepGoals(task: Task, figures: readonly Figure[]): Promise<void> {
  const [program] = task.split(" ");
  const args = Deno.args.filter((each) => each !== "--keep");
  const command = ["deno task", program, ...args].join(" ");
  const { commit, machine } = await originOfRun();
  const run = { at: new Date().toISOString(), commit, machine, command, figures };
  const runs = { ...await readRuns(), [task]: run };
  const sorted = Object.fromEntries(
    TASKS.flatMap((name) => runs[name] ? [[name, runs[name]]] : []),
  );
  await Deno.writeTextFile(FILE, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

/** A goal and a figure that is held against it. */
interface Row {
  readonly id: GoalId;
  readonly measured: string;
  readonly task: Task;
}

/** The goals in their order, each with what was measured for it, as a table of Markdown. */
export function goalTable(runs: Runs): string {
  const rows = GOALS.flatMap(({ id, task }): Row[] => {
    const found = TASKS.flatMap((name) =>
      (runs[name]?.figures ?? [])
        .filter((figure) => figure.id === id)
        .map((figure) => ({ id, measured: inWords(figure), task: name }))
    );
    return found.length > 0 ? found : [{ id, measured: "not measured yet", task }];
  });
  return [
    "Number | what | floor | goal | stretch | measured | by `deno task`",
    "--- | --- | --- | --- | --- | --- | ---",
    ...rows.map(({ id, measured, task }) => {
      const { what, unit, floor, goal, stretch } = GOALS.find((each) => each.id === id) ?? GOALS[0];
      const limits = [floor, goal, stretch].map((each) => each.toLocaleString("en")).join(" | ");
      return `${id} | ${what}${unit && ` (${unit})`} | ${limits} | ${measured} | \`${task}\``;
    }),
  ].join("\n");
}

/** When, where and how the figures were measured, as a table of Markdown. */
export function originTable(runs: Runs): string {
  const rows = TASKS.flatMap((task) => {
    const run = runs[task];
    if (!run) return [];
    return [`\`${run.command}\` | ${run.at.slice(0, 10)} | ${run.commit} | ${run.machine}`];
  });
  return ["Run | day | commit | machine", "--- | --- | --- | ---", ...rows].join("\n");
}

function inWords({ id, value, beside }: NonNullable<Runs[Task]>["figures"][number]): string {
  const figure = { id, value: value ?? NaN, beside };
  const text = value === null ? "it never came" : shown(figure);
  return [`${text}: ${verdict(figure)}`, ...beside].join("; ");
}
