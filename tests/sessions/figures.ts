/** What happened in a run, counted by the second of virtual time. */

/** Counts that go on during a run. */
export type Count =
  | "opens"
  | "refused"
  | "failed"
  | "logReads"
  | "refreshes"
  | "current"
  | "replayed"
  | "snapshots"
  | "fromLog"
  | "resets"
  | "followed";

export class Figures {
  readonly #seconds: number;
  readonly #counts = new Map<Count, Uint32Array>();
  /** Most streams opened by one streamer in one second. */
  peakOpensOfOne = 0;
  /** Longest time for which one streamer was behind with its work. */
  peakBehindMs = 0;
  /** Fewest and most streams of a streamer at the end, and the mean. */
  balance = { least: 0, mean: 0, most: 0 };
  /** Most streams that one streamer had at any time. */
  peakStreams = 0;

  constructor(durationMs: number) {
    this.#seconds = Math.ceil(durationMs / 1_000) + 1;
  }

  add(count: Count, atMs: number, amount = 1): void {
    let series = this.#counts.get(count);
    if (!series) this.#counts.set(count, series = new Uint32Array(this.#seconds));
    const second = Math.min(this.#seconds - 1, Math.floor(atMs / 1_000));
    series[second] = (series[second] ?? 0) + amount;
  }

  /** How many there were between two times. */
  total(count: Count, fromMs = 0, toMs = Infinity): number {
    return this.#between(count, fromMs, toMs).reduce((sum, each) => sum + each, 0);
  }

  /** Mean per second between two times. */
  mean(count: Count, fromMs: number, toMs: number): number {
    return this.total(count, fromMs, toMs) / ((toMs - fromMs) / 1_000);
  }

  /** Highest rate per second of any `seconds` in a row between two times. */
  peak(count: Count, fromMs = 0, options: { readonly seconds?: number } = {}): number {
    const { seconds = 1 } = options;
    const series = this.#between(count, fromMs, Infinity);
    let sum = 0;
    let highest = 0;
    for (const [index, value] of series.entries()) {
      sum += value - (index >= seconds ? series[index - seconds] ?? 0 : 0);
      highest = Math.max(highest, sum);
    }
    return highest / seconds;
  }

  #between(count: Count, fromMs: number, toMs: number): Uint32Array {
    const series = this.#counts.get(count) ?? new Uint32Array(this.#seconds);
    return series.subarray(Math.floor(fromMs / 1_000), Math.min(series.length, toMs / 1_000));
  }
}

/** The value below which `share` of the sorted `values` lie; `NaN` when there is none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
