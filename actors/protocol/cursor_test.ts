import assert from "node:assert/strict";
import fc from "fast-check";
import { formatCursor, parseCursor } from "./cursor.ts";

const characters = [..."ABCxyz019_-"];
const group = fc.oneof(
  fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 64 }),
  fc.constantFrom("__proto__", "constructor", "-"),
);
const position = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 999_999_999_999_999 }))
  .map(([version, sequence]) => ({ version, sequence }));

Deno.test("a cursor is read back as it was written", () => {
  const epoch = fc.string({ unit: fc.constantFrom(..."abc019"), minLength: 1, maxLength: 16 });
  const positions = fc.array(fc.tuple(group, position), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(epoch, positions, (epoch, entries) => {
    const cursor = { epoch, positions: new Map(entries) };
    assert.deepEqual(parseCursor(formatCursor(cursor)), cursor);
  }));
});

Deno.test("a cursor's text is as documented", () => {
  const positions = new Map([["a", { version: 3, sequence: 17 }], ["b", {
    version: 0,
    sequence: 0,
  }]]);
  assert.equal(formatCursor({ epoch: "e1", positions }), "e1-a:3.17,b:0.0");
});

Deno.test("what is no cursor is none", () => {
  const texts = ["", "-", "e1", "e1-", "E1-a:1.1", "e1-a:1", "e1-a:1.x", "e1-a:-1.1", "e1-a.b:1.1"];
  for (const text of [...texts, "e1-*:1.1", "e1-a:1.1,", `e1-a:${"9".repeat(16)}.1`]) {
    assert.equal(parseCursor(text), undefined, text);
  }
});

Deno.test("no text makes the reader throw", () => {
  fc.assert(fc.property(fc.string(), (text) => void parseCursor(text)));
});
