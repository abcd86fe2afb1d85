/** An example of every problem, dressed as the edge dresses it. */
import {
  type Problem,
  type ProblemBody,
  problemBody,
  type ProblemCode,
  REFUSALS,
} from "../../../actors/protocol/mod.ts";
import { GROUP, IDS } from "./values.ts";

/** What is told of each; the texts are those of the code. */
const TOLD: Readonly<Record<ProblemCode, Omit<Problem, "code">>> = {
  "validation": {
    detail: '"payload/title" is required',
    errors: [{ pointer: "/payload/title", code: "required", message: "is required" }],
  },
  "malformed": {
    detail: 'Unknown parameter "limt"; did you mean "limit"?',
    errors: [{
      parameter: "limt",
      code: "unknown",
      message: 'is not known here; did you mean "limit"?',
    }],
  },
  "unauthenticated": REFUSALS.tokenMissing,
  "token-expired": REFUSALS.tokenExpired,
  "forbidden": {
    detail: 'Cannot do "group.rename": the role "member" does not include "group.update"',
  },
  "not-found": { detail: `Group "${GROUP}" does not exist` },
  "method-not-allowed": { detail: "This address takes GET, HEAD" },
  "request-timeout": { detail: "The body did not arrive within 9 seconds" },
  "unsupported-media-type": {
    detail: 'Cannot read a body of the type "text/plain": send application/json',
  },
  "version-conflict": { detail: "Expected version 41 of the todo, which is at 42", version: 42 },
  "undo-conflict": {
    detail: `Cannot undo command "${IDS.complete}": "title" was changed since`,
  },
  "conflict": { detail: 'Cannot create todo "flowers": the id is in use' },
  "idempotency-mismatch": {
    detail:
      'Idempotency-Key "abc" was used for something else: send this with a new key, or with this one what was sent with it before',
  },
  "gone": { detail: `Group "${GROUP}" is deleted` },
  "too-large": { detail: "The body is larger than 65536 bytes" },
  "rate-limited": {
    detail: "Too many requests in a short time: this one was not taken, try again in 3 seconds",
  },
  "mailbox-full": { detail: "The mailbox is full; nothing was stored" },
  "internal": { detail: "An internal error has occurred" },
  "projection-lag": {
    detail: "The read model does not hold the requested version yet",
    version: 41,
  },
  "unavailable": {
    detail:
      "Accounts and sessions are not available at this moment; wait as Retry-After says and send the same request again",
  },
  "storage-full": { detail: "The mailbox has no storage left; nothing was stored" },
  "outcome-unknown": {
    detail: `It is not known whether command "${IDS.create}" was stored; ` +
      "send it again with the same id",
  },
};

/** Name among the examples of the one of problem `code`. */
export function problemExampleName(code: ProblemCode): string {
  return `problem-${code}`;
}

/** The problem `code` as it is answered; `told` instead of the usual one. */
export function problemExample(
  code: ProblemCode,
  told: Omit<Problem, "code"> = TOLD[code],
): ProblemBody {
  return problemBody({ ...told, code }, IDS.request, IDS.trace);
}
