import assert from "node:assert/strict";
import { type CommandBody, ProblemError } from "../../actors/protocol/mod.ts";
import { expectedVersionOf } from "./if_match.ts";

const complete: CommandBody = { type: "todo.complete", payload: { todo_id: "t" } };
const rename: CommandBody = { type: "group.rename", payload: { name: "Home" } };
const create: CommandBody = { type: "todo.create", payload: { todo_id: "t", title: "New" } };

Deno.test("the tag of what a command is about is its expected version", () => {
  assert.equal(expectedVersionOf('"v7"', complete, undefined), 7);
  assert.equal(expectedVersionOf(' "g41" ', rename, 41), 41);
  assert.equal(expectedVersionOf('"g3"', create, undefined), 3);
  assert.equal(expectedVersionOf('"v7.2"', complete, undefined), 7);
  assert.equal(expectedVersionOf('"g41.2~Ab_c-9"', rename, undefined), 41);
  for (const none of [undefined, "*"]) {
    assert.equal(expectedVersionOf(none, rename, undefined), undefined);
    assert.equal(expectedVersionOf(none, rename, 5), 5);
  }
});

Deno.test("of a list the tag of what the command is about counts", () => {
  assert.equal(expectedVersionOf('"g41", "v7"', complete, undefined), 7);
  assert.equal(expectedVersionOf('"v7","v7.2" , W/"v8"', complete, undefined), 7);
  assert.equal(expectedVersionOf('"of,another", "v7"\t,\t"v8,"', complete, undefined), 7);
});

Deno.test("the tag of something else cannot match, nor can a weak one", () => {
  const cases = [
    ['"g7"', complete],
    ['"v7"', rename],
    ['"v7"', create],
    ['W/"v7"', complete],
    ['"x7"', complete],
    ['"v7."', complete],
    ['"v-1"', complete],
    ['""', complete],
  ] as const;
  for (const [tag, body] of cases) {
    assert.throws(
      () => expectedVersionOf(tag, body, undefined),
      (error) =>
        error instanceof ProblemError && error.problem.code === "version-conflict" &&
        error.problem.errors?.[0]?.header === "If-Match",
      tag,
    );
  }
});

Deno.test("what is no list of tags, could match several states, or contradicts the body, is malformed", () => {
  for (const wrong of ["", "v7", '"v7" "v8"', '"v7", v8', '"v7', '"v7",', '"a b"']) {
    assert.throws(() => expectedVersionOf(wrong, complete, undefined), /If-Match must/, wrong);
  }
  assert.throws(() => expectedVersionOf('"v7", "v8"', complete, undefined), /several states/);
  assert.throws(() => expectedVersionOf('"v7"', complete, 8), /contradict/);
});
