/**
 * The error vocabulary of the platform: every refusal anywhere carries one of these codes, and every
 * HTTP error body is an RFC 9457 problem built from it. Knows nothing of HTTP frameworks.
 */

interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
}

/** Every problem code with its HTTP status and its stable title. */
export const PROBLEMS = {
  "validation": { status: 422, title: "The request is not valid", retryable: false },
  "malformed": { status: 400, title: "The request cannot be read", retryable: false },
  "unauthenticated": { status: 401, title: "Authentication is required", retryable: false },
  "token-expired": { status: 401, title: "The token has expired", retryable: false },
  "forbidden": { status: 403, title: "The caller may not do this", retryable: false },
  "not-found": { status: 404, title: "Not found", retryable: false },
  "method-not-allowed": { status: 405, title: "Method not allowed", retryable: false },
  "request-timeout": { status: 408, title: "The request did not arrive in time", retryable: true },
  "version-conflict": { status: 412, title: "The version has moved on", retryable: false },
  "undo-conflict": { status: 409, title: "Later changes prevent this", retryable: false },
  "conflict": { status: 409, title: "This conflicts with the current state", retryable: false },
  "idempotency-mismatch": {
    status: 422,
    title: "The command id was used for something else",
    retryable: false,
  },
  "gone": { status: 410, title: "No longer available", retryable: false },
  "too-large": { status: 413, title: "Too large", retryable: false },
  "unsupported-media-type": {
    status: 415,
    title: "This media type is not taken",
    retryable: false,
  },
  "rate-limited": { status: 429, title: "Too many requests", retryable: true },
  "mailbox-full": { status: 429, title: "Too many commands are waiting", retryable: true },
  "internal": { status: 500, title: "Internal error", retryable: false },
  "projection-lag": { status: 503, title: "The read model is behind", retryable: true },
  "unavailable": { status: 503, title: "Temporarily unavailable", retryable: true },
  "storage-full": { status: 503, title: "Storage is full", retryable: true },
  "outcome-unknown": { status: 504, title: "The outcome is not known", retryable: true },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Where in a request something is wrong: one of three kinds of place. */
export type RequestPlace =
  /** A field of the body: an RFC 6901 JSON pointer. */
  | { readonly pointer: string; readonly parameter?: never; readonly header?: never }
  /** A parameter of the path or the query, by its name. */
  | { readonly parameter: string; readonly pointer?: never; readonly header?: never }
  /** A header field, by its name. */
  | { readonly header: string; readonly pointer?: never; readonly parameter?: never };

/** One part of a request that is wrong. */
export type RequestError = RequestPlace & { readonly code: string; readonly message: string };

/** A field of a body that is wrong. */
export type FieldError = Extract<RequestError, { readonly pointer: string }>;

/** Why something was refused, before it is dressed for a transport. */
export interface Problem {
  readonly code: ProblemCode;
  /** A sentence that helps a person fix the request; quotes the offending value. */
  readonly detail: string;
  /** The text that clients of Todo-1M know, where it says less than `detail`. */
  readonly error?: string;
  readonly errors?: readonly RequestError[];
  /** Current version of the entity, where the refusal is about versions. */
  readonly version?: number;
  /** The entity at that version or a later one, as a read of it answers; only the edge puts it there. */
  readonly current?: object;
}

/** RFC 9457 problem details as answered to clients. `error` and `message` are for old clients. */
export interface ProblemBody extends Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly instance: string;
  readonly retryable: boolean;
  readonly error: string;
  readonly message: string;
  readonly trace_id?: string;
}

/** Dresses `problem` as an RFC 9457 body; `instance` is the request id. */
export function problemBody(problem: Problem, instance: string, traceId?: string): ProblemBody {
  const { status, title, retryable } = PROBLEMS[problem.code];
  return {
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: problem.detail,
    instance,
    code: problem.code,
    retryable,
    error: problem.error ?? problem.detail,
    message: problem.detail,
    ...(problem.errors ? { errors: problem.errors } : {}),
    ...(problem.version === undefined ? {} : { version: problem.version }),
    ...(problem.current === undefined ? {} : { current: problem.current }),
    ...(traceId ? { trace_id: traceId } : {}),
  };
}

/** The `errors` of a body that is part of another: `move` says where a pointer leads in that one. */
export function movedErrors(
  errors: readonly RequestError[],
  move: (pointer: string) => string,
): RequestError[] {
  return errors.map((error) =>
    error.pointer === undefined ? error : { ...error, pointer: move(error.pointer) }
  );
}

/** An error that carries a problem; thrown at borders and caught once, where answers are made. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.name = "ProblemError";
    this.problem = problem;
  }
}
