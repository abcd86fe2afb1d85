import assert from "node:assert/strict";
import type { CheckResult } from "../check/mod.ts";
import { checkText, isPassed } from "./told.ts";

const NOTHING: CheckResult = {
  equal: true,
  groups: 0,
  messages: 0,
  events: 0,
  seconds: 0.1,
  rows: {},
  log_checksum: "0",
  tables_checksum: "0",
  differences: 0,
  first_differences: [],
  groups_not_looked_at: 0,
  unreadable: 0,
  unreadable_examples: [],
};

Deno.test("a check of a group that nobody knows is not passed, and says so", () => {
  assert.equal(isPassed(NOTHING, "hmoe"), false);
  assert.equal(checkText(NOTHING, "hmoe"), "Neither the log nor the tables know group hmoe");
  assert.ok(isPassed({ ...NOTHING, groups: 1 }, "home"));
});

Deno.test("a check of everything is passed where there is nothing yet, and not where something differs", () => {
  assert.ok(isPassed(NOTHING, undefined));
  assert.match(checkText(NOTHING), /^0 groups.*No differences$/s);
  const differs = { ...NOTHING, groups: 3, equal: false, differences: 2 };
  assert.equal(isPassed(differs, undefined), false);
  assert.match(checkText(differs), /2 differences$/);
});
