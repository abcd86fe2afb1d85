/**
 * Finds out whom an access token speaks for, and who sends a request: the bearer token of its
 * `Authorization` field (RFC 6750), nothing else.
 */
import type { ExpiringSet } from "../../actors/platform/mod.ts";
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import { type Authenticate, bearerToken, type Caller } from "../http/mod.ts";
import type { AccessTokens } from "./tokens.ts";

/**
 * Whom `token` speaks for; at once when it was verified before, else as a promise.
 *
 * @throws {ProblemError} `token-expired`, or `unauthenticated` when it is none or its session has ended
 */
export type CheckToken = (token: string) => Caller | Promise<Caller>;

/** Checks tokens by `tokens`; those of a session among `ended` are not valid any more. */
export function tokenCheck(
  tokens: Pick<AccessTokens, "verify">,
  ended: Pick<ExpiringSet, "has">,
): CheckToken {
  const current = (caller: Caller): Caller => {
    if (!ended.has(caller.sessionId)) return caller;
    throw new ProblemError(REFUSALS.tokenInvalid);
  };
  return (token) => {
    const caller = tokens.verify(token);
    return caller instanceof Promise ? caller.then(current) : current(caller);
  };
}

/** Authenticates requests by their bearer token. */
export function bearerAuthentication(check: CheckToken): Authenticate {
  return (request) => {
    const token = bearerToken(request);
    if (token === "") {
      throw new ProblemError(REFUSALS.tokenMissing);
    }
    return check(token);
  };
}
