import assert from "node:assert/strict";
import { ProblemError } from "./problem.ts";
import { refuseUnknownParameters } from "./unknown_parameters.ts";

function problemOf(query: string, known: readonly string[], lists: readonly string[] = []) {
  try {
    refuseUnknownParameters(new URLSearchParams(query), known, { lists });
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  return undefined;
}

Deno.test("known parameters pass, and so does none", () => {
  assert.equal(problemOf("limit=1&group_id=g", ["group_id", "limit"]), undefined);
  assert.equal(problemOf("", []), undefined);
});

Deno.test("a parameter that is there twice is refused, unless it is a list", () => {
  const query = "filter=done&group_id=g&filter=p1&group_id=h";
  const problem = problemOf(query, ["group_id", "filter"], ["group_id"]);
  assert.equal(problem?.code, "malformed");
  assert.equal(problem?.detail, "filter is there 2 times: give it once");
  assert.equal(problem?.errors?.[0]?.parameter, "filter");
  assert.equal(problemOf("group_id=g&group_id=h", ["group_id"], ["group_id"]), undefined);
});

Deno.test("every unknown parameter is told once, with the name that may be meant", () => {
  const problem = problemOf("limt=1&group_id=g&zzz=2&limt=3", ["group_id", "limit"]);
  assert.equal(problem?.code, "malformed");
  assert.equal(problem?.detail, 'Unknown parameter "limt"; did you mean "limit"?');
  assert.deepEqual(problem?.errors, [
    { parameter: "limt", code: "unknown", message: 'is not known here; did you mean "limit"?' },
    { parameter: "zzz", code: "unknown", message: "is not known here" },
  ]);
});

Deno.test("names that every object has are not known for that, and long ones are told in part", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    assert.equal(problemOf(`${name}=1`, ["limit"])?.errors?.[0]?.parameter, name);
  }
  const many = Array.from({ length: 50 }, (_, i) => `${"x".repeat(5_000)}${i}=1`).join("&");
  const problem = problemOf(many, ["limit"]);
  assert.ok(JSON.stringify(problem).length < 5_000);
});
