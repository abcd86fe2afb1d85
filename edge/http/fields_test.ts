import assert from "node:assert/strict";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { onlyFields } from "./fields.ts";

function refusal(body: unknown) {
  try {
    onlyFields(body, ["username", "password"]);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}

Deno.test("a body with known fields only is taken, with all or some of them", () => {
  assert.deepEqual(onlyFields({ username: 1 }, ["username", "password"]), { username: 1 });
});

Deno.test("an unknown field is pointed at, with the known one that is like it", () => {
  assert.deepEqual(refusal({ user_name: "ana", "a/b": 1 }), {
    code: "validation",
    detail: 'Unknown field "user_name"; did you mean "username"?',
    errors: [
      {
        pointer: "/user_name",
        code: "unknown-field",
        message: 'is not known here; did you mean "username"?',
      },
      { pointer: "/a~1b", code: "unknown-field", message: "is not known here" },
    ],
  });
});

Deno.test("what is no object is malformed as a whole", () => {
  for (const body of [null, [], "x", 1]) {
    assert.equal(refusal(body)?.code, "malformed");
    assert.equal(refusal(body)?.errors?.[0]?.pointer, "");
  }
});
