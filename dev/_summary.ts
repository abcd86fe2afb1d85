/** Reads the output of `deno test`: its summary or, when it was cut off, its single results. Pure. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * The counts in the summary `ok | 5 passed (2 steps) | 0 failed | 1 ignored (12ms)`; undefined when
 * there is none, for example after a crash. The last one in the text counts.
 */
export function parseSummary(text: string): Counts | undefined {
  const found = [...plain(text).matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm)].at(
    -1,
  );
  return found ? { passed: Number(found[1]), failed: Number(found[2]) } : undefined;
}

/** The tests whose result was printed, such as `name ... ok (3ms)`; the indented ones are steps. */
function countResults(text: string): Counts {
  const results = [...plain(text).matchAll(/^\S.* \.\.\. (ok|FAILED) \(\d/gm)];
  const passed = results.filter(([, result]) => result === "ok").length;
  return { passed, failed: results.length - passed };
}

/**
 * The counts of one run. A run that ended badly without saying why counts as one failure, and so does
 * the test that a run was cut off in.
 */
export function countsOf(run: { output: string; success: boolean }): Counts {
  const summary = parseSummary(run.output);
  const { passed, failed } = summary ?? countResults(run.output);
  if (run.success) return { passed, failed };
  return { passed, failed: summary === undefined ? failed + 1 : Math.max(failed, 1) };
}

/**
 * What `deno test` says of the tests that failed: their names, then what went wrong in each, the latter
 * cut after `limit` characters. Empty when it said nothing.
 */
export function failuresOf(text: string, limit = 6_000): string {
  const parts = /^ ERRORS \s*$([^]*?)^ FAILURES \s*$([^]*?)^FAILED \| \d+ passed/m.exec(
    plain(text),
  );
  const [errors, names] = [parts?.[1]?.trim() ?? "", parts?.[2]?.trim() ?? ""];
  const kept = errors.length <= limit ? errors : `${errors.slice(0, limit)} …`;
  return [names, kept].filter((part) => part !== "").join("\n\n");
}

function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "");
}

/** The sum over all groups. */
export function sumCounts(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }),
    { passed: 0, failed: 0 },
  );
}
