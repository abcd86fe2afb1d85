/** Makes every error answer: RFC 9457 problem details. The only place where a problem meets HTTP. */
import {
  type Problem,
  problemBody,
  ProblemError,
  PROBLEMS,
  REFUSALS,
  type RequestPlace,
} from "../../actors/protocol/mod.ts";
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
      problem.error === REFUSALS.tokenMissing.error ? "Bearer" : 'Bearer error="invalid_token"',
    );
  }
  for (const name in headers) answer.headers.set(name, headers[name] ?? "");
  return answer;
}

/** A refusal that says more in header fields of its answer. */
export class HeadedProblem extends ProblemError {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    problem: Problem,
    headers: Readonly<Record<string, string>>,
    options?: ErrorOptions,
  ) {
    super(problem, options);
    this.headers = headers;
  }
}

/** A refusal that knows in how many seconds the same request will be taken. */
export class RetryLater extends HeadedProblem {
  constructor(problem: Problem, seconds: number, options?: ErrorOptions) {
    super(problem, { "retry-after": `${seconds}` }, options);
  }
}

/**
 * Runs `write`, of which nobody knows whether it took effect when its store turns out to be away meanwhile:
 * callers then hear `detail`, which says how to find out, in place of "send it again".
 */
export async function toBeFoundOut<T>(write: () => Promise<T>, detail: string): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!(cause instanceof HeadedProblem) || cause.problem.code !== "unavailable") throw cause;
    throw new HeadedProblem({ ...cause.problem, detail }, cause.headers, { cause });
  }
}

/** What is said of a refusal: what to do, and the text that old clients know. */
type Told = Pick<Problem, "detail" | "error">;

/**
 * A request that cannot be read: 400.
 *
 * @param places what is wrong: JSON pointers of fields of the body, parameters, header fields
 */
export function malformed(
  told: string | Told,
  ...places: readonly (string | RequestPlace)[]
): ProblemError {
  const { detail, error } = typeof told === "string" ? { detail: told } : told;
  const errors = places.map((place) => ({
    ...(typeof place === "string" ? { pointer: place } : place),
    code: "malformed",
    message: detail,
  }));
  return new ProblemError({
    code: "malformed",
    detail,
    ...(error === undefined ? {} : { error }),
    ...(errors.length > 0 ? { errors } : {}),
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
