/** Makes every error answer: RFC 9457 problem details. The only place where a problem meets HTTP. */
import { type Problem, problemBody, ProblemError, PROBLEMS } from "../../actors/protocol/mod.ts";
import type { Call } from "./call.ts";

/** Seconds after which a client may try again, where the problem says it may. */
const RETRY_AFTER_SECONDS = "1";

/** The answer that tells `problem`, with `headers` added. */
export function problemAnswer(
  problem: Problem,
  call: Call,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, retryable } = PROBLEMS[problem.code];
  const answer = new Response(JSON.stringify(problemBody(problem, call.id, call.traceId)), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
  if (retryable) answer.headers.set("retry-after", RETRY_AFTER_SECONDS);
  if (status === 401) {
    answer.headers.set(
      "www-authenticate",
      problem.detail === "missing bearer token" ? "Bearer" : 'Bearer error="invalid_token"',
    );
  }
  for (const name in headers) answer.headers.set(name, headers[name] ?? "");
  return answer;
}

/** A refusal that knows when the same request will be taken. */
export class RetryLater extends ProblemError {
  readonly seconds: number;

  constructor(problem: Problem, seconds: number) {
    super(problem);
    this.seconds = seconds;
  }
}

/** A request that cannot be read: 400. `pointer` names the field, when it is one. */
export function malformed(detail: string, pointer?: string): ProblemError {
  return new ProblemError({
    code: "malformed",
    detail,
    ...(pointer === undefined ? {} : { errors: [{ pointer, code: "malformed", message: detail }] }),
  });
}

/** A request whose content breaks a rule: 422. */
export function invalid(detail: string, pointer: string): ProblemError {
  return new ProblemError({
    code: "validation",
    detail,
    errors: [{ pointer, code: "validation", message: detail }],
  });
}

/** Something that does not exist, or not for this caller: 404. */
export function notFound(detail: string): ProblemError {
  return new ProblemError({ code: "not-found", detail });
}
