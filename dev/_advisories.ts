/** What came of `deno audit`: nothing found, a finding, no answer, or a failure of its own. Pure. */
import type { Finished } from "./_exec.ts";

export interface AuditResult {
  /** `unreachable` when the advisories could not be had, which is neither good nor bad. */
  readonly kind: "clean" | "found" | "unreachable" | "failed";
  /** The report of what was found, or the reason; "" when there is neither. */
  readonly text: string;
}

const noAnswer =
  /error sending request|Failed to deserialize response from the npm registry|bad response|HTTP status/i;

/** Reads how `deno audit` ended and what it said, without colours. */
export function readAudit(
  { success, stdout, stderr, timedOut }: Omit<Finished, "code">,
): AuditResult {
  // It shows those of the level asked for, but counts and fails for all.
  const counts = /^Severity: .*\b(\d+) high, (\d+) critical/m.exec(stdout);
  if (counts) {
    const isHigh = Number(counts[1]) + Number(counts[2]) > 0;
    return isHigh ? { kind: "found", text: stdout.trim() } : { kind: "clean", text: "" };
  }
  if (timedOut) return { kind: "unreachable", text: "no answer in time" };
  const error = /^error: (.*)$/m.exec(stderr)?.[1] ?? stderr.trim();
  if (noAnswer.test(stderr)) return { kind: "unreachable", text: error };
  return success ? { kind: "clean", text: "" } : { kind: "failed", text: error };
}
