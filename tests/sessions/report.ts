/** A run as lines of text. */
import { seconds, verdictsOf } from "./goals.ts";
import type { Result } from "./run.ts";

const whole = (value: number) => Math.round(value).toLocaleString("en-US");

/** What a reader wants to know of `result`, and whether every goal is met. */
export function describe(result: Result): { readonly text: string; readonly met: boolean } {
  const verdicts = verdictsOf(result);
  const served = result.current + result.fromRing + result.fromLog + result.resets;
  const share = (part: number) => `${(part / Math.max(1, served) * 100).toFixed(1)} %`;
  const lines = [
    `${result.scenario}: ${whole(result.sessions)} sessions, ${result.pods} streamers, ` +
    `seed ${result.seed}, simulated in ${seconds(result.tookMs)}`,
    ...(result.lost === 0 ? [] : [
      `  lost their stream ${whole(result.lost)}; 95 % back after ${seconds(result.p95Ms)}, ` +
      `all after ${seconds(result.allMs)}`,
    ]),
    `  opens/s: usually ${whole(result.steadyOpens)}, most ${whole(result.peakOpens)} ` +
    `(over 10 s ${whole(result.peakOpens10)}); of one streamer ${whole(result.peakOpensOfOne)} ` +
    `of ${whole(result.opensCapacity)} that it can; farthest behind ${
      seconds(result.peakBehindMs)
    }`,
    `  log reads/s at most ${whole(result.peakLogReads)}, groups followed anew ` +
    `${whole(result.followed)}; refused and tried again ${whole(result.refused)}, ` +
    `sent to a streamer that was gone ${whole(result.failed)}`,
    `  resumed ${whole(served)}: ${share(result.current)} had missed nothing, ` +
    `${share(result.fromRing)} from the ring, ${share(result.fromLog)} from the log, ` +
    `${share(result.resets)} reset; ${whole(result.snapshots)} began with a snapshot`,
    `  streams of the fullest streamer at the end ${result.imbalance.toFixed(2)} times the mean, ` +
    `at any time ${whole(result.peakStreams)}`,
    ...verdicts.map(({ goal, measured, met }) =>
      `  ${met ? "met   " : "MISSED"} ${goal}: ${measured}`
    ),
    ...result.violations.slice(0, 5).map((violation) => `  VIOLATION ${violation}`),
  ];
  return { text: lines.join("\n"), met: verdicts.every(({ met }) => met) };
}
