/**
 * `deno task simulate [--seeds N] [--seed S]`: runs N seeds from S on (1 from S alone), prints the first
 * that fails and ends with 1 then. `--lines N` shows more or less of its trace.
 */
import { parseArgs } from "node:util";
import { describeFailure, describeTotals, totalsOf } from "./report.ts";
import { type RunResult, runWorld } from "./world.ts";

const DEFAULT_SEEDS = 1_000;
const DEFAULT_LINES = 40;

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: { seeds: { type: "string" }, seed: { type: "string" }, lines: { type: "string" } },
  });
  const first = wholeNumber("seed", values.seed ?? "1");
  const seeds = wholeNumber("seeds", values.seeds ?? (values.seed ? "1" : String(DEFAULT_SEEDS)));
  const traceLines = wholeNumber("lines", values.lines ?? String(DEFAULT_LINES));
  const startedAtMs = performance.now();
  const results: RunResult[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const result = await runWorld(seed, { traceLines });
    results.push(result);
    if (result.violation) {
      console.log(describeFailure(result));
      return 1;
    }
    if (seeds === 1) console.log(`${result.trace.join("\n")}\nTrace ${result.traceHash}`);
  }
  console.log(describeTotals(totalsOf(results)));
  console.log(`Took ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
  return 0;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`--${name} must be a whole number, not "${text}"`);
  }
  return value;
}
