import assert from "node:assert/strict";
import { sectionOf, withSection } from "./report.ts";

const outcome = {
  name: "b",
  about: "Something is broken.",
  seed: 7,
  tookMs: 61_000,
  ok: false,
  figures: { commands: 1_234 },
  checks: [{ what: "violations", kind: "truth" as const, limit: "0", measured: "1", ok: false }],
  faults: [{ kind: "lost" as const, what: "acknowledged x is not in the log" }],
};

Deno.test("a section tells what was measured, what was wrong, and the seed to see it again", () => {
  const section = sectionOf(outcome);
  assert.match(section, /seed 7, 61 s, \d+ cores/);
  assert.match(section, /violations \| 1 \*\*✗\*\* \| 0/);
  assert.match(section, /commands \| 1,234/);
  assert.match(section, /- lost: acknowledged x is not in the log/);
  assert.ok(!section.includes(Deno.hostname()), "no names of machines");
});

Deno.test("a run replaces its own section, keeps the others in order and drops unknown ones", () => {
  const names = ["a", "b", "c"];
  const first = withSection("", "c", "## c\n\nold c", names);
  const second = withSection(first + "\n## gone\n\nold\n", "a", "## a\n\nnew a", names);
  const third = withSection(second, "c", "## c\n\nnew c", names);
  assert.deepEqual(third.match(/^## .*|^new .*|^old .*/gm), ["## a", "new a", "## c", "new c"]);
  assert.match(third, /^# What the chaos runs found/);
});
