/**
 * Health and metrics of the edge. It is ready while it can take commands; a read model that is away
 * makes it degraded, not useless, once it has been there.
 */
import type { Registry } from "prom-client";
import { type Checks, readiness } from "../actors/platform/mod.ts";
import type { PublicRoute, Route } from "./http/mod.ts";

export interface HealthDeps {
  readonly registry: Registry;
  /** Each dependency by name; `postgres` alone may fail without making the edge useless. */
  readonly checks: Checks;
  /** Whether the process is about to stop. */
  readonly isDraining: () => boolean;
}

const OPTIONAL = "postgres";

export function healthRoutes(deps: HealthDeps): Route[] {
  const route = (path: string, handle: PublicRoute["handle"]): Route => ({
    method: "GET",
    path,
    access: "public",
    handle,
  });
  let wasReady = false;

  const ready = async () => {
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

  const alive = () => new Response("ok\n", { headers: { "content-type": "text/plain" } });
  return [
    route("/livez", alive),
    route("/healthz", alive),
    route("/health", () => new Response("OK", { headers: { "content-type": "text/plain" } })),
    route("/readyz", ready),
    route("/metrics", async () =>
      new Response(await deps.registry.metrics(), {
        headers: { "content-type": deps.registry.contentType },
      })),
  ];
}
