import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { formatCursor, parseCursor } from "./cursor.ts";

const FORM = /^(\d+)$/;

Deno.test("a cursor is read back with its question, and refused with any other", () => {
  const question = fc.array(fc.option(fc.string()));
  fc.assert(fc.property(question, question, fc.nat(), (asked, other, place) => {
    const cursor = formatCursor(asked, `${place}`);
    assert.match(cursor, /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(parseCursor(asked, cursor, FORM), [`${place}`]);
    fc.pre(JSON.stringify(asked) !== JSON.stringify(other));
    assert.throws(() => parseCursor(other, cursor, FORM), ProblemError);
  }));
});

Deno.test("text that is no cursor is refused, never thrown at the reader", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    assert.throws(() => parseCursor(["q"], text, FORM), ProblemError);
  }));
  assert.throws(() => parseCursor(["q"], formatCursor(["q"], "x"), FORM), ProblemError);
});
