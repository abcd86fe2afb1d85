/**
 * Every goal of the streams, G1 to G14, with its floor, its goal and what was measured: runs the tasks that
 * measure them one after the other, each of which keeps its figures, then prints the table and writes it into
 * GOALS.md. Takes half an hour on a machine that does nothing else.
 *
 * `deno task bench:goals [--only TASK]... [--print]`; a task is named as in the table, the others keep what they
 * found last, and `--print` runs none. Ends with 1 when a task could not be run to its end.
 */
import { parseArgs } from "node:util";
import { goalTable, originTable, readRuns } from "./goal_table.ts";
import { type Task, TASKS } from "./stream_goals.ts";

const REPORT = new URL("./GOALS.md", import.meta.url);
const HEAD = `# Goals of the streams

Written by \`deno task bench:goals\` from what its tasks measured last. A floor has to be kept by every change;
\`deno task test tests/goals\` holds short forms of those of G1, G3 to G5, G8 to G10 and G12 to G14.
`;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    only: { type: "string", multiple: true },
    print: { type: "boolean", default: false },
  },
});
const wanted = values.print ? [] : values.only?.map(taskOf) ?? TASKS;
const unkept: Task[] = [];
for (const task of wanted) {
  console.log(`deno task ${task}`);
  const before = await newestOf(task);
  await new Deno.Command(Deno.execPath(), { args: ["task", ...argumentsOf(task)] }).spawn().status;
  // That a floor is not kept ends a task with 1, too: what counts is whether it came to its figures.
  if (await newestOf(task) === before) unkept.push(task);
}
const runs = await readRuns();
const text = [HEAD, goalTable(runs), "", originTable(runs), ""].join("\n");
console.log(text);
if (!values.print) await Deno.writeTextFile(REPORT, text);
for (const task of unkept) console.error(`Measured nothing: deno task ${task}`);
Deno.exitCode = unkept.length > 0 ? 1 : 0;

/** A scenario keeps its figures when it is not a short one; a benchmark when it is told to. */
function argumentsOf(task: Task): string[] {
  return [...task.split(" "), ...(task.startsWith("bench:") ? ["--keep"] : [])];
}

async function newestOf(task: Task): Promise<string | undefined> {
  return (await readRuns())[task]?.at;
}

function taskOf(name: string): Task {
  const found = TASKS.find((task) => task === name);
  if (!found) throw new Error(`There is no task "${name}": it is one of ${TASKS.join(", ")}`);
  return found;
}
