import assert from "node:assert/strict";
import { problemOfStore } from "./store_errors.ts";

function problemOf(code: unknown): string | undefined {
  return problemOfStore(Object.assign(new Error("no"), { code }))?.code;
}

Deno.test("a Postgres that is away is a temporary problem", () => {
  for (const code of ["ECONNREFUSED", "CONNECTION_CLOSED", "57P03", "53300"]) {
    assert.equal(problemOf(code), "unavailable", code);
  }
});

Deno.test("a value that Postgres cannot hold is the request's fault", () => {
  for (const code of ["22021", "22P05", "22003"]) assert.equal(problemOf(code), "malformed", code);
});

Deno.test("every other error is ours", () => {
  for (const code of ["23505", "42601", "220", 22021, undefined]) {
    assert.equal(problemOf(code), undefined, String(code));
  }
});
