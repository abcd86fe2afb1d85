import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { countsOf, failuresOf, parseSummary, sumCounts } from "./_summary.ts";

Deno.test("the summary of deno test is read with colours, steps and ignored tests", () => {
  deepStrictEqual(parseSummary("ok | 5 passed (2 steps) | 0 failed (12ms)"), {
    passed: 5,
    failed: 0,
  });
  deepStrictEqual(
    parseSummary("\x1b[31mFAILED\x1b[0m | 1 passed (1 step) | 2 failed | 1 ignored \x1b[38m(5ms)"),
    { passed: 1, failed: 2 },
  );
});

Deno.test("the last summary counts, because a test may print one itself", () => {
  const output = "ok | 99 passed | 0 failed (1ms)\nmore\nFAILED | 3 passed | 1 failed (2s)\n";
  deepStrictEqual(parseSummary(output), { passed: 3, failed: 1 });
  strictEqual(parseSummary("nothing here"), undefined);
});

Deno.test("a run that ends badly without a failed test counts as one failure", () => {
  deepStrictEqual(countsOf({ output: "", success: false }), { passed: 0, failed: 1 });
  const leak = "ok | 4 passed | 0 failed (1ms)";
  deepStrictEqual(countsOf({ output: leak, success: false }), { passed: 4, failed: 1 });
  deepStrictEqual(countsOf({ output: "", success: true }), { passed: 0, failed: 0 });
});

Deno.test("a run that was cut off keeps the results it had printed", () => {
  const output = [
    "running 3 tests from ./a_test.ts",
    "steps ...",
    "  one ... ok (1ms)",
    "steps ... \x1b[32mok\x1b[0m \x1b[38;5;245m(2ms)\x1b[0m",
    "broken ... FAILED (1s)",
    "no tests ... ok about it",
    "endless ...",
  ].join("\n");
  deepStrictEqual(countsOf({ output, success: false }), { passed: 1, failed: 2 });
});

Deno.test("what failed is told by name, and why, until it gets long", () => {
  const heading = (text: string) => `\x1b[0m\x1b[1m\x1b[41m ${text} \x1b[0m`;
  const output = [
    "good ... ok (1ms)",
    "broken ... \x1b[31mFAILED\x1b[0m (1s)",
    heading("ERRORS"),
    "",
    "broken \x1b[38m=> ./a_test.ts:3:6\x1b[0m",
    "error: AssertionError: 1 is not 2",
    "",
    heading("FAILURES"),
    "",
    "broken => ./a_test.ts:3:6",
    "",
    "\x1b[31mFAILED\x1b[0m | 1 passed | 1 failed (2s)",
  ].join("\n");
  const name = "broken => ./a_test.ts:3:6";
  strictEqual(failuresOf(output), `${name}\n\n${name}\nerror: AssertionError: 1 is not 2`);
  strictEqual(failuresOf(output, 6), `${name}\n\nbroken …`);
  strictEqual(failuresOf("ok | 5 passed | 0 failed (12ms)"), "");
});

Deno.test("counts add up", () => {
  const all = [{ passed: 2, failed: 0 }, { passed: 3, failed: 1 }];
  deepStrictEqual(sumCounts(all), { passed: 5, failed: 1 });
});
