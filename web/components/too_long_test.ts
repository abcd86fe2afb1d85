import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { Title, TITLE_MAX_CHARS } from "../../actors/protocol/mod.ts";
import { tooLong } from "./too_long.ts";

Deno.test("characters outside the basic plane count once, and space around not at all", () => {
  assert.equal(tooLong("A title", "🎉".repeat(500), 500), undefined);
  assert.equal(tooLong("A title", `  ${"x".repeat(500)}\n`, 500), undefined);
  assert.equal(
    tooLong("A title", "🎉".repeat(503), 500),
    "A title has at most 500 characters: shorten it by 3.",
  );
});

Deno.test("a title is too long here exactly when it is to the server", () => {
  const unit = fc.constantFrom("a", "é", "🎉", " ", "𝒳", "漢");
  const titles = fc.tuple(fc.string({ unit, maxLength: 30 }), fc.nat(30), unit)
    .map(([start, more, last]) => `x${start}${last.repeat(TITLE_MAX_CHARS - 20 + more)}y`);
  fc.assert(fc.property(titles, (title) => {
    assert.equal(tooLong("A title", title, TITLE_MAX_CHARS) === undefined, v.is(Title, title));
  }));
});
