import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { formatPageCursor, parsePageCursor } from "./page_cursor.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const micros = fc.bigInt({ min: 0n, max: 10n ** 17n - 1n }).map(String);

Deno.test("a cursor is read back by the group it was made for", () => {
  fc.assert(fc.property(id, id, micros, (groupId, todoId, createdAtMicros) => {
    const end = { createdAtMicros, todoId };
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
