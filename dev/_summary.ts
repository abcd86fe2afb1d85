/** Reads the last line of `deno test` and adds up several of them. Pure. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * The counts in the summary `ok | 5 passed (2 steps) | 0 failed | 1 ignored (12ms)`; undefined when
 * there is none, for example after a crash. The last one in the text counts.
 */
export function parseSummary(text: string): Counts | undefined {
  // deno-lint-ignore no-control-regex
  const plain = text.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const found = [...plain.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm)].at(-1);
  return found ? { passed: Number(found[1]), failed: Number(found[2]) } : undefined;
}

/** The counts of one run; a run that ended badly without saying why counts as one failure. */
export function countsOf(run: { output: string; success: boolean }): Counts {
  const { passed = 0, failed = 0 } = parseSummary(run.output) ?? {};
  return { passed, failed: !run.success && failed === 0 ? 1 : failed };
}

/** The sum over all groups. */
export function sumCounts(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }),
    { passed: 0, failed: 0 },
  );
}
