/** How the rules say no: a rule answers `undefined` when it has emitted its events, else a problem. */
import type { FieldError, Problem, ProblemCode } from "../protocol/mod.ts";

export type Refusal = Problem | undefined;

/** A refusal with a sentence that quotes the offending value. */
export function refuse(code: ProblemCode, detail: string): Problem {
  return { code, detail };
}

/** A `validation` refusal that points at the field of the payload. */
export function invalid(field: string, code: string, detail: string): Problem {
  const error: FieldError = { pointer: `/payload/${field}`, code, message: detail };
  return { code: "validation", detail, errors: [error] };
}
