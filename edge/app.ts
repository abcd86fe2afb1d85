/**
 * Puts the edge together: one Hono app over a table of routes, and around it what every request gets:
 * an id, a trace, CORS, security headers, telemetry, and a problem instead of an exception.
 */
import { Hono } from "hono";
import { ProblemError } from "../actors/protocol/mod.ts";
import type { Logger } from "../actors/platform/mod.ts";
import {
  allowedMethods,
  type Call,
  corsPolicy,
  type DocumentedRoute,
  type EdgeEnv,
  HeadedProblem,
  mount,
  type MountOptions,
  overreaching,
  problemAnswer,
  problemOfNats,
  problemOfStore,
  secure,
  type Shedding,
  startCall,
  type Telemetry,
} from "./http/mod.ts";
import { opensSocket } from "./socket_request.ts";

export interface EdgeDeps extends MountOptions {
  readonly routes: readonly DocumentedRoute[];
  readonly corsOrigins: readonly string[];
  readonly telemetry: Telemetry;
  /** Refuses commands while there are too many; nobody is refused where it is absent. */
  readonly shedding?: Shedding;
  readonly log: Logger;
}

/** Answers one request that came over a connection from address `peer`; never throws. */
export type Edge = (request: Request, peer: string) => Promise<Response>;

/** Builds the edge over `deps`; does no I/O itself. */
export function createEdge(deps: EdgeDeps): Edge {
  const { telemetry } = deps;
  const app = new Hono<EdgeEnv>();
  const methodsOf = allowedMethods(deps.routes);
  const cors = corsPolicy(deps.corsOrigins);
  // On their own path: a narrower one of the same method would take the fast router from all routes.
  for (const { method, path } of overreaching(deps.routes)) {
    app.on(
      method,
      path,
      (context, next) =>
        methodsOf(context.req.path).includes(context.req.method)
          ? next()
          : Promise.resolve(unmatched(context.req.path, context.env, methodsOf)),
    );
  }
  mount(app, deps.routes, deps);
  app.notFound((context) => unmatched(context.req.path, context.env, methodsOf));
  app.onError((error, context) => failed(error, context.env, deps.log));

  return async (request, peer) => {
    const startedAt = performance.now();
    telemetry.start();
    const call = startCall(request, peer);
    const access = request.headers.has("origin") ? cors(request) : undefined;
    const answer = deps.shedding?.answer(request, call, startedAt) ?? (
      request.method === "OPTIONS"
        ? preflight(new URL(request.url).pathname, call, methodsOf)
        : request.method === "HEAD"
        ? withoutLength(await app.fetch(request, call))
        : await app.fetch(request, call)
    );
    if (!opensSocket(answer)) {
      addFields(answer, call);
      if (deps.corsOrigins.length > 0) answer.headers.append("vary", "Origin");
      for (const name in access) answer.headers.set(name, access[name] ?? "");
    }
    telemetry.finish(request, call, answer, performance.now() - startedAt);
    return answer;
  };
}

function addFields(answer: Response, call: Call): void {
  secure(answer);
  answer.headers.set("request-id", call.id);
  if (!call.rateLimit) return;
  answer.headers.set("ratelimit-policy", call.rateLimit.policy);
  answer.headers.set("ratelimit", call.rateLimit.state);
}

type MethodsOf = (path: string) => string[];

function preflight(path: string, call: Call, methodsOf: MethodsOf): Response {
  const allow = methodsOf(path);
  if (allow.length === 0) return unmatched(path, call, methodsOf);
  return new Response(null, { status: 204, headers: { allow: allow.join(", ") } });
}

function unmatched(path: string, call: Call, methodsOf: MethodsOf): Response {
  const allow = methodsOf(path);
  return allow.length === 0
    ? problemAnswer({ code: "not-found", detail: "There is nothing at this address" }, call)
    : problemAnswer(
      { code: "method-not-allowed", detail: `This address takes ${allow.join(", ")}` },
      call,
      { allow: allow.join(", ") },
    );
}

/** Statuses whose answers have no content, whatever the method (RFC 9110, section 6.4.1). */
const EMPTY = new Set([204, 304]);

/**
 * The `answer` to HEAD with a content of unknown length: of none the runtime would say that GET's has a length
 * of 0 (RFC 9110, section 8.6).
 */
function withoutLength(answer: Response): Response {
  return EMPTY.has(answer.status) ? answer : new Response(ReadableStream.from([]), answer);
}

/** The answer to an exception: the problem it carries, or `internal` with the reason in the log only. */
function failed(error: Error, call: Call, log: Logger): Response {
  if (error instanceof ProblemError) {
    if (error.cause !== undefined) {
      log.warning("Request failed: {detail}", {
        detail: error.problem.detail,
        cause: String(error.cause),
        request_id: call.id,
      });
    }
    return problemAnswer(error.problem, call, error instanceof HeadedProblem ? error.headers : {});
  }
  const refused = problemOfStore(error);
  if (refused) {
    log.warning("Postgres did not serve {route}: {reason}", {
      route: call.route,
      reason: error.message,
      request_id: call.id,
    });
    return problemAnswer(refused, call);
  }
  const away = problemOfNats(error);
  if (away) {
    log.warning("NATS did not serve {route}: {reason}", {
      route: call.route,
      reason: error.message,
      request_id: call.id,
    });
    return problemAnswer(away, call);
  }
  log.error("Unexpected failure at {route}: {error}", {
    route: call.route,
    error,
    request_id: call.id,
  });
  return problemAnswer({ code: "internal", detail: "An internal error has occurred" }, call);
}
