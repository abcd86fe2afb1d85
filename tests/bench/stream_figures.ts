/** What the benchmarks of streams share: waiting for arrivals, figures in words. */
import { pause } from "../../actors/platform/mod.ts";
import type { StreamReader } from "./stream_reader.ts";

const SILENCE_MS = 3_000;

/** Waits until `readers` have `expected` stamps, or nothing has come for a while. */
export async function settled(readers: readonly StreamReader[], expected: number): Promise<void> {
  const count = () => readers.reduce((sum, { arrivals }) => sum + arrivals, 0);
  let last = -1;
  let changedAt = performance.now();
  for (let now = count(); now < expected; now = count()) {
    if (now !== last) changedAt = performance.now();
    else if (performance.now() - changedAt > SILENCE_MS) return;
    last = now;
    await pause(readers.length === 1 ? 1 : 20);
  }
}

/** The value below which the share `share` of `values` lies; NaN when there are none. */
export function at(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function percentiles(values: readonly number[]): string {
  const shown = (share: number) => at(values, share).toFixed(1);
  return `p50 ${shown(0.5)} ms, p99 ${shown(0.99)} ms, max ${shown(1)} ms`;
}

export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
