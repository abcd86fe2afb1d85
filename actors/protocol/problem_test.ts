import assert from "node:assert/strict";
import {
  movedErrors,
  type Problem,
  problemBody,
  type ProblemCode,
  ProblemError,
  PROBLEMS,
} from "./problem.ts";
import { REFUSALS } from "./refusals.ts";

Deno.test("a problem is dressed as RFC 9457 with Todo-1M's error and Taskboard's message beside it", () => {
  assert.deepEqual(problemBody({ code: "not-found", detail: "Gone fishing" }, "request-1"), {
    type: "/problems/not-found",
    title: "Not found",
    status: 404,
    detail: "Gone fishing",
    instance: "request-1",
    code: "not-found",
    retryable: false,
    error: "Gone fishing",
    message: "Gone fishing",
  });
});

Deno.test("where old clients know a short text it is the error, and the detail says what to do", () => {
  for (const refusal of Object.values(REFUSALS)) {
    const { code, error, detail, message } = problemBody(refusal, "r");
    assert.deepEqual({ code, error, detail, message: detail }, { ...refusal, message });
    assert.notEqual(error, detail);
    assert.match(detail, /.{15,}: |must be/, `"${detail}" says what is wrong, and what to do`);
  }
});

Deno.test("errors, version and trace are there when there are any", () => {
  const errors = [{ pointer: "/payload/title", code: "min_length", message: "must not be empty" }];
  const problem: Problem = { code: "version-conflict", detail: "x", errors, version: 0 };
  const body = problemBody(problem, "r", "t");
  assert.deepEqual([body.errors, body.version, body.trace_id], [errors, 0, "t"]);
  assert.equal("errors" in problemBody({ code: "gone", detail: "x" }, "r"), false);
});

Deno.test("errors of a body move with it, and those of parameters and header fields stay", () => {
  const said = { code: "malformed", message: "no" };
  const moved = movedErrors(
    [{ pointer: "/title", ...said }, { parameter: "limit", ...said }, {
      header: "If-Match",
      ...said,
    }],
    (pointer) => `/payload${pointer}`,
  );
  assert.deepEqual(moved, [
    { pointer: "/payload/title", ...said },
    { parameter: "limit", ...said },
    { header: "If-Match", ...said },
  ]);
});

Deno.test("every code has the status that the API promises", () => {
  const promised: Record<ProblemCode, number> = {
    "validation": 422,
    "malformed": 400,
    "unauthenticated": 401,
    "token-expired": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "request-timeout": 408,
    "version-conflict": 412,
    "undo-conflict": 409,
    "conflict": 409,
    "idempotency-mismatch": 422,
    "gone": 410,
    "too-large": 413,
    "unsupported-media-type": 415,
    "rate-limited": 429,
    "mailbox-full": 429,
    "internal": 500,
    "projection-lag": 503,
    "unavailable": 503,
    "storage-full": 503,
    "outcome-unknown": 504,
  };
  for (const [code, { status }] of Object.entries(PROBLEMS)) {
    assert.equal(status, promised[code as ProblemCode], code);
  }
  assert.equal(Object.keys(PROBLEMS).length, Object.keys(promised).length);
});

Deno.test("an error carries its problem and its cause", () => {
  const cause = new Error("deeper");
  const error = new ProblemError({ code: "unavailable", detail: "Try later" }, { cause });
  assert.equal(error.message, "Try later");
  assert.equal(error.problem.code, "unavailable");
  assert.equal(error.cause, cause);
});
