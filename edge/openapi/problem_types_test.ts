import assert from "node:assert/strict";
import { problemBody, type ProblemCode, PROBLEMS } from "../../actors/protocol/mod.ts";
import { reference } from "./_json_schema.ts";
import { allSchemas } from "./document.ts";
import { problemType } from "./problem_types.ts";
import { SchemaChecks } from "./testing/mod.ts";

const checks = new SchemaChecks({ components: { schemas: allSchemas() } });

Deno.test("the type of every problem leads to an explanation of it", () => {
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    const explained = problemType(code);
    assert.equal(checks.faults(reference("ProblemType"), explained), "", code);
    const { type, title, status } = problemBody({ code, detail: "x" }, "r");
    assert.deepEqual({ ...explained, type, title, status }, explained);
  }
});

Deno.test("what is no code is not explained", () => {
  for (const code of ["", "none", "constructor", "__proto__"]) {
    assert.equal(problemType(code), undefined);
  }
});
