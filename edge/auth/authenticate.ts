/** Finds out who sends a request: the bearer token of its `Authorization` field (RFC 6750), nothing else. */
import type { ExpiringSet } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { type Authenticate, bearerToken, type Caller } from "../http/mod.ts";
import type { AccessTokens } from "./tokens.ts";

/** Authenticates requests by `tokens`, unless their session is among `ended`. */
export function bearerAuthentication(
  tokens: Pick<AccessTokens, "verify">,
  ended: Pick<ExpiringSet, "has">,
): Authenticate {
  const current = (caller: Caller): Caller => {
    if (!ended.has(caller.sessionId)) return caller;
    throw new ProblemError({ code: "unauthenticated", detail: "invalid token" });
  };
  return (request) => {
    const token = bearerToken(request);
    if (token === "") {
      throw new ProblemError({ code: "unauthenticated", detail: "missing bearer token" });
    }
    const caller = tokens.verify(token);
    return caller instanceof Promise ? caller.then(current) : current(caller);
  };
}
