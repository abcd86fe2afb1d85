/** A refusal dressed for HTTP: status, fields and body of problem details (RFC 9457). Pure. */
import { Buffer } from "node:buffer";
import { newId, type Problem, problemBody, PROBLEMS, REFUSALS } from "../protocol/mod.ts";

/** Everything an answer consists of. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ProblemAnswerOptions {
  readonly traceId?: string | undefined;
  /** By what the client knows the request; without, the answer gets an id of its own. */
  readonly requestId?: string | undefined;
  /** A status of HTTP itself that says more than that of the problem's code. */
  readonly status?: number | undefined;
  /** When to come back, for refusals that may pass. */
  readonly retryAfterSeconds?: number;
}

/** Makes the answer that tells of `problem`. */
export function problemAnswer(problem: Problem, options: ProblemAnswerOptions = {}): ProblemAnswer {
  const { retryable, status: usual } = PROBLEMS[problem.code];
  const { status = usual, traceId, requestId = newId(), retryAfterSeconds = 1 } = options;
  const details = { ...problemBody(problem, requestId, traceId), status };
  const body = Buffer.from(JSON.stringify(details));
  const headers = {
    "content-type": "application/problem+json",
    "content-length": String(body.length),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(retryable ? { "retry-after": String(retryAfterSeconds) } : {}),
    ...(status === 401 ? { "www-authenticate": challengeOf(problem) } : {}),
  };
  return { status, headers, body };
}

function challengeOf(problem: Problem): string {
  return problem.error === REFUSALS.tokenMissing.error ? "Bearer" : 'Bearer error="invalid_token"';
}
