/** Runs one scenario and says how it went, whatever happens in it. */
import { seeded } from "./random.ts";
import type { Scenario, ScenarioResult } from "./scenario.ts";

const SHOWN_FAULTS = 20;

export interface RunOptions {
  readonly short: boolean;
  /** Chosen by the clock when absent. */
  readonly seed?: number | undefined;
  readonly seconds?: number | undefined;
  readonly kills?: number | undefined;
  readonly say: (line: string) => void;
}

/** What a run came to. */
export interface Outcome extends ScenarioResult {
  readonly name: string;
  readonly about: string;
  readonly seed: number;
  readonly tookMs: number;
  readonly ok: boolean;
  /** Why it ended before its end. */
  readonly failure?: string;
}

/** Runs `scenario` and prints the checks and faults it ends with. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const { short, say } = options;
  const { name, about } = scenario;
  const seed = options.seed ?? Date.now() % 1_000_000;
  const usual = scenario.defaults[short ? "short" : "long"];
  const startedAt = performance.now();
  say(`${name} (seed ${seed}): ${about}`);
  let result: ScenarioResult = { figures: {}, checks: [], faults: [] };
  let failure: string | undefined;
  try {
    result = await scenario.run({
      seed,
      random: seeded(seed),
      short,
      seconds: options.seconds ?? usual.seconds ?? 0,
      kills: options.kills ?? usual.kills ?? 0,
      say: (line) => say(`  ${line}`),
    });
  } catch (error) {
    failure = error instanceof Error ? error.stack ?? error.message : String(error);
    say(`  ✗ it ended before its end: ${failure}`);
  }
  const { checks, faults, figures } = result;
  for (const [what, value] of Object.entries(figures)) say(`  ${what}: ${value}`);
  for (const { what, limit, measured, ok } of checks) {
    say(`  ${ok ? "✓" : "✗"} ${what}: ${measured} (limit ${limit})`);
  }
  for (const { kind, what } of faults.slice(0, SHOWN_FAULTS)) say(`  ✗ ${kind}: ${what}`);
  const ok = failure === undefined && faults.length === 0 && checks.every((check) => check.ok);
  const tookMs = performance.now() - startedAt;
  return { name, about, seed, tookMs, ok, ...result, ...(failure ? { failure } : {}) };
}
