/**
 * Health and metrics of the edge. It is ready while it can take commands; a read model that is away
 * makes it degraded, not useless, once it has been there.
 */
import type { Registry } from "prom-client";
import { answerOperations, type Checks, readiness } from "../actors/platform/mod.ts";
import { notFound, type PublicRoute, type RateLimiter, type Route } from "./http/mod.ts";

export interface ReadinessDeps {
  /** Each dependency by name; `postgres` alone may fail without making the edge useless. */
  readonly checks: Checks;
  /** Whether the process is about to stop. */
  readonly isDraining: () => boolean;
}

const OPTIONAL = "postgres";

/** Answers whether the edge is ready; once it was, it need not have all it needs. */
export function readinessOf(deps: ReadinessDeps): () => Promise<Response> {
  let wasReady = false;
  return async () => {
    const { ready: allFine, checks } = await readiness(deps.checks);
    wasReady ||= allFine;
    const essential = Object.entries(checks)
      .every(([name, check]) => check.ok || (name === OPTIONAL && wasReady));
    const status = deps.isDraining()
      ? "draining"
      : allFine
      ? "ready"
      : essential
      ? "degraded"
      : "unavailable";
    const isReady = status === "ready" || status === "degraded";
    // What failed is named, why it failed is not for the public.
    const told = Object.fromEntries(
      Object.entries(checks).map(([name, { ok, latency_ms }]) => [name, { ok, latency_ms }]),
    );
    return Response.json({ status, ready: isReady, checks: told }, { status: isReady ? 200 : 503 });
  };
}

/** What tells anybody that the process runs, and nothing else. */
export function livenessRoutes(): Route[] {
  const alive = () => new Response("ok\n", { headers: { "content-type": "text/plain" } });
  return [
    route("/livez", alive),
    route("/healthz", alive),
    route("/health", () => new Response("OK", { headers: { "content-type": "text/plain" } })),
  ];
}

/** Who may see the metrics where they have no port of their own; `isOperator` says whether a request is theirs. */
export interface MetricsReaders {
  readonly isOperator: (request: Request) => boolean;
  /** Per client address: the token must not be guessed here either. */
  readonly quota: RateLimiter;
}

/**
 * What operators ask for, where it has no port of its own.
 *
 * @param readers who alone may see the metrics, of which others learn nothing; without, everybody may
 */
export function operationsRoutes(answer: OperationsAnswer, readers?: MetricsReaders): Route[] {
  const ask = async (path: string) => await answer(path) ?? new Response(null, { status: 404 });
  const ready = route("/readyz", () => ask("/readyz"));
  if (!readers) return [ready, route("/metrics", () => ask("/metrics"))];
  const { isOperator, quota } = readers;
  const metrics: PublicRoute["handle"] = (context) => {
    if (!isOperator(context.req.raw)) throw notFound("There is nothing at this address");
    return ask("/metrics");
  };
  return [ready, { method: "GET", path: "/metrics", access: "public", quota, handle: metrics }];
}

/** Answers the paths for operators; `undefined` for any other. */
export type OperationsAnswer = (pathname: string) => Promise<Response | undefined>;

/** The answers of a process whose readiness is what `ready` says. */
export function operationsAnswer(
  registry: Registry,
  ready: () => Promise<Response>,
): OperationsAnswer {
  return (pathname) =>
    pathname === "/readyz" ? ready() : answerOperations(pathname, { registry, checks: {} });
}

function route(path: string, handle: PublicRoute["handle"]): Route {
  return { method: "GET", path, access: "public", unlimited: true, handle };
}
