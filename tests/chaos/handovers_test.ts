import assert from "node:assert/strict";
import { handoverChecks, handoverFigures, handoversIn, takeoversAfter } from "./handovers.ts";

/** A line as hosts write it. */
const line = (message: string, properties: object) =>
  JSON.stringify({ level: "INFO", message, logger: "todo1m.host", ...properties });

Deno.test("each block of a line counts, by what happened to it", () => {
  assert.deepEqual(
    handoversIn(line("Gave 2 blocks away in 7 ms", { count: 2, ms: 7 }), 5),
    [{ kind: "given", ms: 7, atMs: 5 }, { kind: "given", ms: 7, atMs: 5 }],
  );
  const took = (reason: string) =>
    handoversIn(
      line(`Took over 1 blocks (${reason})`, { count: 1, reason, ms: 5, unowned: 1_700 }),
      5,
    );
  assert.deepEqual(took("dead"), [{ kind: "dead", ms: 1_700, atMs: 5 }]);
  assert.deepEqual(took("handed"), [{ kind: "handed", ms: 1_700, atMs: 5 }]);
  assert.deepEqual(took("unclaimed"), []);
});

Deno.test("other lines tell of no blocks, whether JSON or not", () => {
  assert.deepEqual(handoversIn(line("Group host is ready", {}), 5), []);
  assert.deepEqual(handoversIn("error: Uncaught", 5), []);
});

Deno.test("a run without the handovers it is about fails, and so does one of slow ones", () => {
  const given = { kind: "given", ms: 20, atMs: 5 } as const;
  const oks = (ms: number[], kinds: Parameters<typeof handoverChecks>[1]) =>
    handoverChecks(ms.map((each) => ({ ...given, ms: each })), kinds).map(({ ok }) => ok);
  assert.deepEqual(oks([20, 30], ["given"]), [true, true]);
  assert.deepEqual(oks([20, 130], ["given"]), [true, false]);
  assert.deepEqual(oks([20], ["handed"]), [false, false]);
  assert.deepEqual(handoverFigures([given]), {
    "1 blocks, from the last command to the release": "p50 20 ms, p99 20 ms, max 20 ms",
  });
});

Deno.test("takeovers are counted from the end of the owner, whatever was heard of it", () => {
  const told = [
    { kind: "dead", ms: 1_500, atMs: 900 },
    { kind: "dead", ms: 9_000, atMs: 2_600 },
    { kind: "handed", ms: 20, atMs: 2_700 },
  ] as const;
  assert.deepEqual(takeoversAfter(1_000, told), [{ kind: "dead", ms: 1_600, atMs: 2_600 }]);
});
