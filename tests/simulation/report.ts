/** Says what runs have found, so that a failing one can be looked at and run again. */
import type { RunResult } from "./world.ts";

/** The failing run: its seed, what did not hold, what happened last, and how to see it again. */
export function describeFailure({ seed, violation, trace, traceHash }: RunResult): string {
  return [
    `Seed ${seed} violates "${violation?.invariant}": ${violation?.detail}`,
    "",
    `The last ${trace.length} things that happened (virtual milliseconds, who, what):`,
    ...trace,
    "",
    `Trace ${traceHash}. Run it again with: deno task simulate --seed ${seed}`,
  ].join("\n");
}

/** What all runs together were. */
export interface Totals {
  readonly runs: number;
  readonly failed: number;
  readonly steps: number;
  readonly commits: number;
  readonly commands: number;
  /** Crashes and pauses by point. */
  readonly struck: ReadonlyMap<string, number>;
}

/** Adds up `results`. */
export function totalsOf(results: readonly RunResult[]): Totals {
  const struck = new Map<string, number>();
  const sum = (of: (result: RunResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  for (const result of results) {
    for (const [point, times] of result.struck) {
      struck.set(point, (struck.get(point) ?? 0) + times);
    }
  }
  return {
    runs: results.length,
    failed: results.filter(({ violation }) => violation).length,
    steps: sum(({ steps }) => steps),
    commits: sum(({ commits }) => commits),
    commands: sum(({ commands }) => commands),
    struck,
  };
}

/** The totals as a few lines. */
export function describeTotals(totals: Totals): string {
  const struck = [...totals.struck]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([point, times]) => `${point} ${times}`);
  return [
    `${totals.runs} runs, ${totals.failed} failed: ${totals.commands} commands in mailboxes, ` +
    `${totals.commits} commits, ${totals.steps} steps`,
    `Struck: ${struck.join(", ")}`,
  ].join("\n");
}
