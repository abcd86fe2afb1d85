/** Cursors of several groups, taken apart and put together. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatCursor, parseCursor, type Position } from "../../actors/protocol/plain/mod.ts";
import { covers, earlier, judgeSnapshot, onlyGroup, together } from "./cursors.ts";

const position = fc.record({ version: fc.nat(999), sequence: fc.nat(99_999) });
const positions = fc.dictionary(fc.stringMatching(/^[a-z0-9_-]{1,8}$/), position, { minKeys: 1 })
  .map((byGroup): ReadonlyMap<string, Position> => new Map(Object.entries(byGroup)));

Deno.test("a cursor that is taken apart and put together is the same", () => {
  fc.assert(fc.property(positions, (all) => {
    const cursor = formatCursor({ epoch: "e1", positions: all });
    const parts = [...all.keys()].map((groupId) => onlyGroup(cursor, groupId));
    assert.deepEqual(parseCursor(together(parts)), parseCursor(cursor));
    assert.equal(onlyGroup(cursor, "Not-there"), "");
  }));
});

Deno.test("groups of another epoch, and those without a cursor, are left out", () => {
  assert.equal(together(["", "e1-a:1.2", "e2-b:3.4", "e1-c:5.6"]), "e1-a:1.2,c:5.6");
  assert.equal(together([]), "");
});

Deno.test("the earlier of two cursors serves both readers, and none does for logs that differ", () => {
  assert.equal(earlier("e1-a:7.70", "e1-a:5.50"), "e1-a:5.50");
  assert.equal(earlier("e1-a:5.50", "e1-a:7.70"), "e1-a:5.50");
  for (const other of ["", "e2-a:7.70"]) {
    assert.equal(earlier("e1-a:5.50", other), "");
    assert.equal(earlier(other, "e1-a:5.50"), "");
  }
});

Deno.test("a snapshot is for who has nothing of its log; who has as much passes it, who has less lacks events", () => {
  assert.equal(judgeSnapshot("", "e1-a:5.50"), "take");
  assert.equal(judgeSnapshot("e2-a:9.90", "e1-a:5.50"), "take");
  assert.equal(judgeSnapshot("e1-a:5.50", "e1-a:5.50"), "pass");
  assert.equal(judgeSnapshot("e1-a:6.60", "e1-a:5.50"), "pass");
  assert.equal(judgeSnapshot("e1-a:4.40", "e1-a:5.50"), "gap");
  assert.ok(!covers("", "e1-a:5.50"));
  assert.ok(!covers("e2-a:5.50", "e1-a:5.50"));
});
