import assert from "node:assert/strict";
import { ExpiringSet } from "./expiring_set.ts";

Deno.test("a text is remembered for its time, counted from when it first came, and no longer", () => {
  let now = 0;
  const set = new ExpiringSet({ keepMs: 1_000, max: 10, now: () => now });
  set.add("a");
  now = 600;
  set.add("a");
  set.add("b");
  assert.deepEqual([set.has("a"), set.has("b"), set.has("c")], [true, true, false]);
  now = 999;
  assert.equal(set.has("a"), true);
  now = 1_000;
  assert.equal(set.has("a"), false);
  now = 1_100;
  set.add("c");
  assert.deepEqual([set.has("a"), set.has("b"), set.size], [false, true, 2]);
});

Deno.test("a text that was forgotten is remembered anew for its whole time", () => {
  let now = 0;
  const set = new ExpiringSet({ keepMs: 1_000, max: 10, now: () => now });
  set.add("a");
  now = 1_500;
  set.add("a");
  now = 2_400;
  assert.deepEqual([set.has("a"), set.size], [true, 1]);
});

Deno.test("of too many texts the one that came first is forgotten, asked for or not", () => {
  const set = new ExpiringSet({ keepMs: 900_000, max: 3, now: () => 0 });
  for (const text of ["s-1", "s-2", "s-3"]) set.add(text);
  assert.equal(set.has("s-1"), true);
  set.add("s-4");
  const known = ["s-1", "s-2", "s-3", "s-4"].filter((text) => set.has(text));
  assert.deepEqual(known, ["s-2", "s-3", "s-4"]);
});

Deno.test("a flood of texts does not fill the memory", () => {
  const set = new ExpiringSet({ keepMs: 1_000, max: 200_000, now: () => 0 });
  for (let i = 0; i < 200_010; i++) set.add(`s${i}`);
  assert.equal(set.size, 200_000);
  assert.deepEqual([set.has("s9"), set.has("s10"), set.has("s200009")], [false, true, true]);
});
