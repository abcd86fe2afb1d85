/** What runs are compared with: how soon everybody is back (F19), how fast streams open (G9), how gentle a deploy is (F20). */
import type { Result } from "./run.ts";

/** One goal and how a run stands to it. */
export interface Verdict {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

const P95_MS = 60_000;
const ALL_MS = 180_000;
const OPENS_PER_SECOND = 1_000;
const RECONNECTS_TIMES_STEADY = 3;
const DEPLOYS = ["rolling-streamers"];

/** Every goal that concerns the run. */
export function verdictsOf(result: Result): Verdict[] {
  const verdicts: Verdict[] = [];
  const add = (goal: string, measured: string, met: boolean) =>
    void verdicts.push({ goal, measured, met });
  if (result.lost > 0) {
    add("95 % back within 60 s", seconds(result.p95Ms), result.p95Ms <= P95_MS);
    add("all back within 180 s", seconds(result.allMs), result.allMs <= ALL_MS);
  }
  if (DEPLOYS.includes(result.scenario)) {
    const times = result.peakOpens10 / result.steadyOpens;
    add(
      "streams opened at most 3 times as fast as usual, over 10 s",
      `${times.toFixed(1)} times`,
      times <= RECONNECTS_TIMES_STEADY,
    );
  }
  add(
    "a streamer can open 1,000 streams/s",
    `${result.opensCapacity.toFixed(0)}/s`,
    result.opensCapacity >= OPENS_PER_SECOND,
  );
  add(
    "nobody stuck, nobody misses an event",
    `${result.violations.length} violations`,
    result.violations.length === 0,
  );
  return verdicts;
}

/** Milliseconds as a reader wants them. */
export function seconds(ms: number): string {
  return Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : "not all";
}
