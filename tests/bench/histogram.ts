/** Reads histograms out of the text that a process shows at `/metrics`. Pure. */

/** How many values were at most so large, by the upper limits of the buckets, ascending. */
export type Histogram = readonly (readonly [limit: number, count: number])[];

/** The histogram `name` in `text`, whatever its labels; empty when there is none. */
export function parseHistogram(text: string, name: string): Histogram {
  const bucket = new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"[^}]*\\} (\\S+)`, "gm");
  return Array.from(text.matchAll(bucket), ([, limit, count]) => [
    limit === "+Inf" ? Infinity : Number(limit),
    Number(count),
  ]);
}

/** What was counted between two looks at the same histogram. */
export function since(before: Histogram, after: Histogram): Histogram {
  return after.map(([limit, count], i) => [limit, count - (before[i]?.[1] ?? 0)]);
}

/**
 * The value below which the share `share` lies, taken as evenly spread within its bucket; `Infinity` beyond
 * the last limit, NaN without values.
 */
export function quantileOf(histogram: Histogram, share: number): number {
  const total = histogram.at(-1)?.[1] ?? 0;
  if (total === 0) return NaN;
  const rank = total * share;
  let [below, counted] = [0, 0];
  for (const [limit, count] of histogram) {
    if (count >= rank) {
      if (limit === Infinity) return Infinity;
      return below + (limit - below) * (rank - counted) / (count - counted);
    }
    [below, counted] = [limit, count];
  }
  return Infinity;
}
