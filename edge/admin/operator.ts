/**
 * Routes for operators: whoever holds the ops token may use them, nobody else. Every use and every refusal
 * is a line in the audit log. Without a token in the settings there are no such routes at all.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { logger, type TrustedProxies } from "../../actors/platform/mod.ts";
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import {
  bearerToken,
  clientAddress,
  type EdgeContext,
  type Method,
  type RateLimiter,
  type Route,
} from "../http/mod.ts";

/** A route that needs the ops token. */
export interface OperatorRoute {
  readonly method: Method;
  readonly path: string;
  readonly handle: (context: EdgeContext) => Promise<Response>;
}

export interface OperatorOptions {
  /** The ops token; "" when there are to be no such routes. */
  readonly token: string;
  /** Per client address; guesses are counted, too. */
  readonly quota: RateLimiter;
  readonly proxies: TrustedProxies;
}

const NO_OPS_TOKEN = {
  ...REFUSALS.tokenMissing,
  detail:
    'The request carries no ops token: send "Authorization: Bearer …" with that of the installation',
} as const;
const OTHER_OPS_TOKEN = {
  ...REFUSALS.tokenInvalid,
  detail: "The token is not the ops token of this installation, which its setting OPS_TOKEN holds",
} as const;

/** The `routes`, guarded; none without a token. */
export function operatorRoutes(
  routes: readonly OperatorRoute[],
  options: OperatorOptions,
): Route[] {
  const { token, quota } = options;
  if (token === "") return [];
  const isOperator = operatorCheck(token);
  return routes.map(({ method, path, handle }) => ({
    method,
    path,
    access: "public",
    quota,
    handle: async (context) => {
      const given = bearerToken(context.req.raw);
      const tell = auditor(context, options.proxies);
      if (!isOperator(context.req.raw)) {
        tell("refused");
        throw new ProblemError(given === "" ? NO_OPS_TOKEN : OTHER_OPS_TOKEN);
      }
      try {
        const answer = await handle(context);
        tell(`${answer.status}`);
        return answer;
      } catch (error) {
        tell(error instanceof ProblemError ? error.problem.code : "failed");
        throw error;
      }
    },
  }));
}

/**
 * Whether a request shows the ops token `token`, compared in a time that says nothing about it: digests of one
 * length, all bytes. No request does where the token is "".
 */
export function operatorCheck(token: string): (request: Request) => boolean {
  const expected = digest(token);
  return (request) => token !== "" && timingSafeEqual(digest(bearerToken(request)), expected);
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** Writes how one request ended into the audit log: from where, what, and the result. */
function auditor(context: EdgeContext, proxies: TrustedProxies): (result: string) => void {
  const { method, path } = context.req;
  const { id, traceId } = context.env;
  const log = logger("audit");
  return (result) => {
    log[result === "refused" ? "warning" : "info"]("Operator: {method} {path}: {result}", {
      method,
      path,
      result,
      address: clientAddress(context, proxies),
      request_id: id,
      trace_id: traceId,
    });
  };
}
