/**
 * The report: one section for each scenario, written by its newest run; a run of one scenario leaves the
 * others' sections as they are. Says what machine it was in general words only.
 */
import type { Outcome } from "./run.ts";
import { SCENARIOS } from "./scenarios/mod.ts";

const PATH = new URL("./REPORT.md", import.meta.url);
const HEAD = `# What the chaos runs found

Written by \`deno task chaos\`: every section by the newest run of its scenario, every number by that run.
A violation is a command that is lost, doubled, out of order, never answered, or answered otherwise than it
is in the log, a missing version, a changed log message, a gap on a stream, or a row that the log does not
explain.
`;

/** Puts what a run came to into the report. */
export async function writeReport(outcome: Outcome): Promise<void> {
  let text = "";
  try {
    text = await Deno.readTextFile(PATH);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const names = SCENARIOS.map(({ name }) => name);
  await Deno.writeTextFile(PATH, withSection(text, outcome.name, sectionOf(outcome), names));
}

/** `report` with the section of scenario `name` put in or replaced; sections are in the order of `names`. */
export function withSection(
  report: string,
  name: string,
  section: string,
  names: readonly string[],
): string {
  const sections = new Map<string, string>();
  for (const part of report.split(/^(?=## )/m)) {
    const title = /^## (\S+)/.exec(part)?.[1];
    if (title !== undefined) sections.set(title, part.trimEnd());
  }
  sections.set(name, section.trimEnd());
  const known = names.flatMap((other) => sections.get(other) ?? []);
  return [HEAD.trimEnd(), ...known].join("\n\n") + "\n";
}

/** The section of one run. */
export function sectionOf(outcome: Outcome): string {
  const { name, about, seed, tookMs, ok, figures, checks, faults, failure } = outcome;
  const seconds = Math.round(tookMs / 1_000).toLocaleString("en");
  return [
    `## ${name}`,
    "",
    `${about} ${ok ? "Nothing wrong." : "**Something is wrong.**"}`,
    "",
    `${today()}, seed ${seed}, ${seconds} s, ${machine()}.`,
    "",
    "What | measured | limit",
    "--- | --- | ---",
    ...checks.map((check) =>
      `${check.what} | ${check.measured}${check.ok ? "" : " **✗**"} | ${check.limit}`
    ),
    ...Object.entries(figures).map(([what, value]) => `${what} | ${shown(value)} |`),
    "",
    ...faults.slice(0, 20).map(({ kind, what }) => `- ${kind}: ${what}`),
    ...(failure === undefined ? [] : [`It ended before its end: ${failure.split("\n", 1)[0]}`]),
  ].join("\n");
}

function shown(value: string | number): string {
  return typeof value === "number" ? value.toLocaleString("en") : value;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function machine(): string {
  const memoryGiB = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const [load = 0] = Deno.loadavg();
  return `${navigator.hardwareConcurrency} cores, ${memoryGiB} GiB of memory, ${Deno.build.os}, ` +
    `everything on one machine, load average ${load.toFixed(1)} at the end`;
}
