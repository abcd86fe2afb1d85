import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { formatGroupCursor, parseGroupCursor } from "./group_cursor.ts";
import { formatPageCursor } from "./page_cursor.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const micros = fc.maxSafeNat().map(String);

Deno.test("a cursor is read back by the user whose list it is of, and by nobody else", () => {
  fc.assert(fc.property(id, micros, id, (userId, createdUs, groupId) => {
    const end = { createdUs, groupId };
    const cursor = formatGroupCursor(userId, end);
    assert.match(cursor, /^[A-Za-z0-9_-]{7,256}$/);
    assert.deepEqual(parseGroupCursor(userId, cursor), end);
    assert.throws(() => parseGroupCursor(`${userId.slice(0, 60)}-x`, cursor), ProblemError);
  }));
});

Deno.test("text that is no cursor of groups is refused, never thrown at the reader", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    assert.throws(() => parseGroupCursor("ana", text), ProblemError);
  }));
  const ofTodos = formatPageCursor("ana", { number: 3 });
  assert.throws(() => parseGroupCursor("ana", ofTodos), ProblemError);
});
