import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { formatPageCursor, parsePageCursor } from "./page_cursor.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const numbers = fc.integer({ min: 1, max: 999_999_999 });

Deno.test("a cursor is read back by the group it was made for", () => {
  fc.assert(fc.property(id, numbers, (groupId, number) => {
    const end = { number };
    const cursor = formatPageCursor(groupId, end);
    assert.match(cursor, /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(parsePageCursor(groupId, cursor), end);
    assert.throws(() => parsePageCursor(`${groupId.slice(0, 60)}-x`, cursor), ProblemError);
  }));
});

Deno.test("text that is no cursor is refused, never thrown at the reader", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    assert.throws(() => parsePageCursor("group", text), ProblemError);
  }));
});
