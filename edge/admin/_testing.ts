/** An edge that has nothing but operator routes, for tests. */
import * as v from "valibot";
import { createMetrics, logger, TrustedProxies } from "../../actors/platform/mod.ts";
import { createEdge } from "../app.ts";
import { RateLimiter, Telemetry } from "../http/mod.ts";
import { asIfDescribed } from "../openapi/testing/mod.ts";
import { type OperatorRoute, operatorRoutes } from "./operator.ts";

export const TOKEN = "an-ops-token-of-forty-characters-or-so-1";

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What the JSON says; `undefined` when there is no body. */
  readonly body: unknown;
  /** The body when it is problem details (RFC 9457). */
  readonly problem?: v.InferOutput<typeof ProblemDetails>;
}

const ProblemDetails = v.looseObject({
  code: v.string(),
  errors: v.optional(v.array(v.looseObject({ parameter: v.optional(v.string()) }))),
});

/** Sends requests to an edge with `routes`, as the operator unless told otherwise. */
export function adminOf(
  routes: readonly OperatorRoute[],
  options: { readonly token?: string; readonly limit?: number } = {},
) {
  const { token = TOKEN, limit = 0 } = options;
  const proxies = new TrustedProxies([]);
  const quota = new RateLimiter("admin", { limit, windowSeconds: 60 }, { now: () => 0 });
  const edge = createEdge({
    routes: asIfDescribed(operatorRoutes(routes, { token, quota, proxies })),
    authenticate: () => {
      throw new Error("No user has anything to do here");
    },
    proxies,
    onLimited: () => {},
    corsOrigins: [],
    telemetry: new Telemetry(createMetrics("test"), logger("edge.test")),
    log: logger("edge.test"),
  });
  return async (
    method: string,
    path: string,
    authorization: string | undefined = `Bearer ${TOKEN}`,
    peer = "203.0.113.7",
  ): Promise<AdminAnswer> => {
    const headers: HeadersInit = authorization === "" ? {} : { authorization };
    const request = new Request(`http://edge${path}`, { method, headers });
    const answer = await edge(request, peer);
    const text = await answer.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const isProblem = answer.headers.get("content-type") === "application/problem+json";
    return {
      status: answer.status,
      headers: answer.headers,
      body,
      ...(isProblem ? { problem: v.parse(ProblemDetails, body) } : {}),
    };
  };
}
