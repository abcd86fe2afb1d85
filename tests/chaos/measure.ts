/** Figures of a run: quantiles of times, and limits that they are held against. Pure. */
import type { Answered } from "../support/history.ts";
import type { Check, Verdict } from "./scenario.ts";

/** The value below which the share `q` of `values` lies; NaN when there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** How long the senders of `history` waited for their outcomes, in milliseconds. */
export function waits(history: readonly Answered[]): number[] {
  return history
    .filter(({ outcome }) => outcome === "committed" || outcome === "rejected")
    .map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs);
}

/** Times in words: `p50 3 ms, p99 40 ms, max 1,900 ms`. */
export function spread(values: readonly number[]): string {
  const at = (q: number) => inMs(quantile(values, q));
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
}

export function inMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString("en")} ms`;
}

/** Holds `measuredMs` against `limitMs`. */
export function atMostMs(what: string, measuredMs: number, limitMs: number): Check {
  return {
    what,
    kind: "time",
    limit: `≤ ${inMs(limitMs)}`,
    measured: inMs(measuredMs),
    ok: measuredMs <= limitMs,
  };
}

/** Holds a count against the one it must be. */
export function exactly(
  what: string,
  measured: number,
  wanted: number,
  kind: Check["kind"] = "truth",
): Check {
  return {
    what,
    kind,
    limit: String(wanted),
    measured: String(measured),
    ok: measured === wanted,
  };
}

/** What must be true of every run: nothing is wrong, and there was something to compare. */
export function sound({ faults, placed }: Pick<Verdict, "faults" | "placed">): Check[] {
  return [
    exactly("violations", faults.length, 0),
    {
      what: "mailbox entries compared with the log",
      kind: "truth",
      limit: "> 0",
      measured: placed.toLocaleString("en"),
      ok: placed > 0,
    },
  ];
}

/** Rows of the report that every scenario with a history has. */
export function historyFigures(
  { history, log, timersMs }: Pick<Verdict, "history" | "log" | "timersMs">,
  setbacks: Readonly<Record<string, number>>,
): Record<string, string | number> {
  const count = (outcome: Answered["outcome"]) =>
    history.filter((answered) => answered.outcome === outcome).length;
  const repeated = history.filter(({ attempts }) => attempts > 1).length;
  const fired = log.flatMap(({ events }) => events)
    .filter(({ type }) => type === "com.todo1m.reminder.fired").length;
  return {
    "commands": history.length,
    "committed, rejected, stored without waiting": `${count("committed")}, ${count("rejected")}, ${
      count("stored")
    }`,
    "commands repeated under their id": repeated,
    "attempts without an outcome": Object.entries(setbacks)
      .map(([what, times]) => `${times} ${what}`).join(", ") || "none",
    "log messages, reminders that fired": `${log.length}, ${fired}`,
    "until the timers were as they must be, after the end": inMs(timersMs),
    "waiting for the outcome": spread(waits(history)),
  };
}
