import assert from "node:assert/strict";
import { parseHistogram, quantileOf, since } from "./histogram.ts";

const TEXT = `# TYPE took_seconds histogram
took_seconds_bucket{le="0.01",process="streamer"} 90
took_seconds_bucket{le="0.1",process="streamer"} 100
took_seconds_bucket{le="+Inf",process="streamer"} 100
took_seconds_sum{process="streamer"} 1.5
other_seconds_bucket{le="0.01"} 7
`;

Deno.test("a histogram is found by its name", () => {
  assert.deepEqual(parseHistogram(TEXT, "took_seconds"), [[0.01, 90], [0.1, 100], [Infinity, 100]]);
  assert.deepEqual(parseHistogram(TEXT, "nothing_seconds"), []);
});

Deno.test("a quantile lies within its bucket, by the share of the bucket that is below it", () => {
  const histogram = parseHistogram(TEXT, "took_seconds");
  assert.equal(quantileOf(histogram, 0.45), 0.005);
  assert.ok(Math.abs(quantileOf(histogram, 0.95) - 0.055) < 1e-9);
  assert.equal(quantileOf([[0.01, 1], [Infinity, 2]], 0.9), Infinity);
  assert.ok(Number.isNaN(quantileOf([], 0.5)));
});

Deno.test("only what came between two looks counts", () => {
  const before = parseHistogram(TEXT, "took_seconds");
  const after = parseHistogram(TEXT.replaceAll(" 100", " 110"), "took_seconds");
  assert.deepEqual(since(before, after), [[0.01, 0], [0.1, 10], [Infinity, 10]]);
});
