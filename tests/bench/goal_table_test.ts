import assert from "node:assert/strict";
import { goalTable, originTable } from "./goal_table.ts";
import { GOALS, keepsFloor, line, TASKS, verdict } from "./stream_goals.ts";

const origin = {
  at: "2026-01-02T03:04:05.678Z",
  commit: "abc",
  machine: "2 cores",
  command: "deno task x",
};

Deno.test("every goal of the design is in the table, also where nothing was measured", () => {
  const table = goalTable({});
  for (let number = 1; number <= 14; number++) assert.match(table, new RegExp(`^G${number} `, "m"));
  assert.equal(table.split("\n").length, GOALS.length + 2);
  assert.equal(table.match(/not measured yet/g)?.length, GOALS.length);
});

Deno.test("a figure is in the table with its verdict and its task, one of each run", () => {
  const run = (value: number | null) => ({
    ...origin,
    figures: [{ id: "G1" as const, value, beside: ["in all"] }],
  });
  const rows = goalTable({
    "bench:streams": run(9),
    "bench:streams --transport websocket": run(null),
  }).split("\n").filter((row) => row.startsWith("G1 "));
  assert.deepEqual(rows, [
    "G1 | memory of an idle stream (KiB) | 25 | 16 | 10 | 9 KiB: better than the goal; in all | `bench:streams`",
    "G1 | memory of an idle stream (KiB) | 25 | 16 | 10 | it never came: BELOW THE FLOOR; in all | `bench:streams --transport websocket`",
  ]);
});

Deno.test("where the figures come from is told of every run that was kept", () => {
  const table = originTable({ "bench:storm": { ...origin, figures: [] } });
  assert.match(table, /^`deno task x` \| 2026-01-02 \| abc \| 2 cores$/m);
  assert.equal(table.split("\n").length, 3);
});

Deno.test("of some figures more is better, of the others less; what never came keeps no floor", () => {
  const of = (id: "G1" | "G2", value: number) => ({ id, value, beside: [] });
  assert.deepEqual([26, 25, 16, 10].map((value) => verdict(of("G1", value))), [
    "BELOW THE FLOOR",
    "floor",
    "goal",
    "better than the goal",
  ]);
  assert.deepEqual([17_999, 18_000, 90_000, 200_000].map((value) => verdict(of("G2", value))), [
    "BELOW THE FLOOR",
    "floor",
    "goal",
    "better than the goal",
  ]);
  for (const id of ["G1", "G2"] as const) {
    assert.equal(keepsFloor(of(id, NaN)), false);
    assert.match(line(of(id, NaN)), /BELOW THE FLOOR/);
  }
});

Deno.test("every task measures a goal, or the same ones another way", () => {
  const measuring = new Set<string>(GOALS.map(({ task }) => task));
  const others = TASKS.filter((task) => !measuring.has(task));
  assert.deepEqual(others, ["bench:streams --transport websocket"]);
});
