import assert from "node:assert/strict";
import type { CommandBody } from "../../actors/protocol/mod.ts";
import { expectedVersionOf } from "./if_match.ts";

const complete: CommandBody = { type: "todo.complete", payload: { todo_id: "t" } };
const rename: CommandBody = { type: "group.rename", payload: { name: "Home" } };
const create: CommandBody = { type: "todo.create", payload: { todo_id: "t", title: "New" } };

Deno.test("the tag of what a command is about is its expected version", () => {
  assert.equal(expectedVersionOf('"v7"', complete, undefined), 7);
  assert.equal(expectedVersionOf(' "g41" ', rename, 41), 41);
  assert.equal(expectedVersionOf('"g3"', create, undefined), 3);
  assert.equal(expectedVersionOf('"v7.2"', complete, undefined), 7);
  for (const none of [undefined, "*"]) {
    assert.equal(expectedVersionOf(none, rename, undefined), undefined);
    assert.equal(expectedVersionOf(none, rename, 5), 5);
  }
});

Deno.test("the tag of something else cannot match", () => {
  for (const [tag, body] of [['"g7"', complete], ['"v7"', rename], ['"v7"', create]] as const) {
    assert.throws(() => expectedVersionOf(tag, body, undefined), /version-conflict|something else/);
  }
});

Deno.test("what is no single strong tag, or contradicts the body, is malformed", () => {
  for (
    const wrong of ["", "v7", 'W/"v7"', '"v7", "v8"', '"x7"', '"v7."', '"v7.x"', '"v"', '"v-1"']
  ) {
    assert.throws(() => expectedVersionOf(wrong, complete, undefined), /If-Match/, wrong);
  }
  assert.throws(() => expectedVersionOf('"v7"', complete, 8), /contradict/);
});
