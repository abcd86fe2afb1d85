import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

Deno.test("a name with a typing error is found, whatever the case of its letters", () => {
  assert.equal(nearest("titel", ["status", "title"]), "title");
  assert.equal(nearest("todo.crate", ["todo.update", "todo.create"]), "todo.create");
  assert.equal(nearest("Title", ["status", "title"]), "title");
});

Deno.test("a name that is like none is not guessed at", () => {
  assert.equal(nearest("colour", ["title", "status"]), undefined);
  assert.equal(nearest("", ["title"]), undefined);
  assert.equal(nearest("x".repeat(65), ["x".repeat(64)]), undefined);
  assert.equal(nearest("title", []), undefined);
});
