import assert from "node:assert/strict";
import { COSTS, type Figure, mergeFigures, parseFigures, readFigures } from "./costs.ts";

const figure = (value: number): Figure => ({
  value,
  date: "2026-01-02",
  commit: "abc",
  machine: "2 cores",
  command: "deno task bench:nats",
});
const whole = Object.fromEntries(Object.keys(COSTS).map((name) => [name, figure(1)]));

Deno.test("the figures of this repository are whole, and each was printed by the task that it names", async () => {
  for (const [name, { value, command, commit, date }] of Object.entries(await readFigures())) {
    const [, , task] = COSTS[name as keyof typeof COSTS];
    assert.ok(command.startsWith(`deno task ${task}`), `${name}: ${command}`);
    assert.ok(value > 0, name);
    assert.match(commit, /^[0-9a-f]{7,}$/, name);
    assert.match(date, /^20\d\d-\d\d-\d\d$/, name);
  }
});

Deno.test("a cost that nobody measured is told with the task that measures it", () => {
  const { "nats.page_us": _, ...lacking } = whole;
  assert.throws(() => parseFigures(JSON.stringify(lacking)), /nats\.page_us.*bench:nats/);
});

Deno.test("a figure that nothing measures is refused, and so is one that is no number", () => {
  assert.throws(() => parseFigures(JSON.stringify({ ...whole, "a.b": figure(1) })), /a\.b/);
  const broken = { ...whole, "nats.page_us": { ...figure(1), value: "1" } };
  assert.throws(() => parseFigures(JSON.stringify(broken)));
});

Deno.test("a run replaces what it measured and leaves the rest", () => {
  const before = JSON.stringify({ "nats.page_us": figure(1), "nats.last_us": figure(2) });
  const after = JSON.parse(mergeFigures(before, { "nats.page_us": figure(3) }));
  assert.equal(after["nats.page_us"].value, 3);
  assert.equal(after["nats.last_us"].value, 2);
  assert.deepEqual(Object.keys(after), ["nats.last_us", "nats.page_us"]);
});
