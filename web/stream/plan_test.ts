/** What tabs need together. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { changeOf, doingIn, MAX_GROUPS, type Need, NOTHING, planOf } from "./plan.ts";

const need = fc.record({
  groupId: fc.integer({ min: 10, max: 60 }).map((n) => `g${n}`),
  visible: fc.boolean(),
}) as fc.Arbitrary<Need>;

Deno.test("a stream follows the groups of all tabs, those that are looked at first where they are too many", () => {
  fc.assert(fc.property(fc.array(need, { maxLength: 60, size: "max" }), (needs) => {
    const { groupIds, presence } = planOf(needs);
    const shown = new Set(needs.map(({ groupId }) => groupId));
    const looked = new Set(needs.filter(({ visible }) => visible).map(({ groupId }) => groupId));
    assert.equal(groupIds.length, Math.min(MAX_GROUPS, shown.size));
    assert.ok(groupIds.every((id) => shown.has(id)));
    assert.equal(presence.length, Math.min(MAX_GROUPS, looked.size));
    assert.ok(presence.every((id) => looked.has(id) && groupIds.includes(id)));
  }));
});

Deno.test("a stream is replaced now for what it lacks, later for what it has too much, and ended for nothing", () => {
  const plan = (groupIds: string[], presence: string[] = []) => ({ groupIds, presence });
  assert.equal(changeOf(NOTHING, plan(["a"])), "now");
  assert.equal(changeOf(plan(["a"]), plan(["a", "b"])), "now");
  assert.equal(changeOf(plan(["a", "b"]), plan(["a"])), "later");
  assert.equal(changeOf(plan(["a", "b"]), plan(["a", "c"])), "now");
  assert.equal(changeOf(plan(["a"]), plan(["a"], ["a"])), "now");
  assert.equal(changeOf(plan(["a"], ["a"]), plan(["a"])), "later");
  assert.equal(changeOf(plan(["a"], ["a"]), plan(["a"], ["a"])), "never");
  assert.equal(changeOf(plan(["a"]), NOTHING), "now");
  assert.equal(changeOf(NOTHING, NOTHING), "never");
});

Deno.test("whoever edits in a tab that is looked at edits, and views otherwise", () => {
  const needs: Need[] = [
    { groupId: "a", visible: true },
    { groupId: "a", visible: false, editing: "t1" },
    { groupId: "b", visible: true, editing: "t2" },
  ];
  assert.deepEqual(doingIn("a", needs), { state: "viewing" });
  assert.deepEqual(doingIn("b", needs), { state: "editing", todo_id: "t2" });
});
