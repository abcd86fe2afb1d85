import assert from "node:assert/strict";
import { ProblemError } from "../actors/protocol/mod.ts";
import { createMetrics, logger, TrustedProxies } from "../actors/platform/mod.ts";
import { createEdge } from "./app.ts";
import { RateLimiter, type Route, Telemetry } from "./http/mod.ts";
import { asIfDescribed } from "./openapi/testing/mod.ts";

const ANA = { userId: "ana-id", username: "ana", sessionId: "s", expiresAt: Infinity };

/** Knows one token, by which it answers later than at once. */
function authenticate(request: Request): Promise<typeof ANA> {
  if (request.headers.get("authorization") === "Bearer ana") return Promise.resolve(ANA);
  throw new ProblemError({ code: "unauthenticated", detail: "invalid token" });
}

function edgeOf(options: { corsOrigins?: string[]; limit?: number; publicLimit?: number } = {}) {
  const metrics = createMetrics("test");
  const quota = new RateLimiter("reads", { limit: options.limit ?? 0, windowSeconds: 60 }, {
    now: () => 0,
  });
  const limited: string[] = [];
  const failing = (error: Error): Route["handle"] => () => Promise.reject(error);
  const route = (path: string, handle: Route["handle"]): Route => ({
    method: "GET",
    path,
    access: "public",
    quota,
    handle: handle as () => Response,
  });
  const edge = createEdge({
    routes: asIfDescribed([
      route("/fine", () => Response.json({ fine: true })),
      { method: "GET", path: "/open", access: "public", handle: () => new Response("open") },
      {
        method: "GET",
        path: "/probe",
        access: "public",
        unlimited: true,
        handle: () => new Response("ok"),
      },
      // As older runtimes answer who opens a WebSocket.
      route("/socket", () => {
        const answer = Response.redirect("http://edge/");
        assert.throws(() => answer.headers.set("request-id", "changed"), TypeError);
        return Object.defineProperty(answer, "status", { value: 101 });
      }),
      route("/problem", failing(new ProblemError({ code: "conflict", detail: "No" }))),
      route("/bug", failing(new TypeError("secret detail"))),
      route(
        "/database",
        failing(Object.assign(new Error("write CONNECT_TIMEOUT"), { code: "CONNECT_TIMEOUT" })),
      ),
      {
        method: "GET",
        path: "/me",
        access: "user",
        quota,
        handle: (_context, caller) => Response.json({ id: caller.userId }),
      },
    ]),
    authenticate,
    proxies: new TrustedProxies([]),
    publicQuota: new RateLimiter("public", { limit: options.publicLimit ?? 0, windowSeconds: 60 }, {
      now: () => 0,
    }),
    onLimited: (policy) => limited.push(policy),
    corsOrigins: options.corsOrigins ?? [],
    telemetry: new Telemetry(metrics, logger("edge.test")),
    log: logger("edge.test"),
  });
  const get = (path: string, init: RequestInit = {}) =>
    edge(new Request(`http://edge${path}`, init), "203.0.113.7");
  return { get, metrics, limited };
}

Deno.test("an exception becomes the problem it carries, or one that tells nothing", async () => {
  const { get } = edgeOf();
  const cases: [string, number, string][] = [
    ["/problem", 409, "conflict"],
    ["/bug", 500, "internal"],
    ["/database", 503, "unavailable"],
    ["/none", 404, "not-found"],
    ["/me", 401, "unauthenticated"],
  ];
  for (const [path, status, code] of cases) {
    const answer = await get(path);
    const body = await answer.json();
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal(body.code, code);
    assert.equal(body.instance, answer.headers.get("request-id"));
    assert.doesNotMatch(JSON.stringify(body), /secret detail|CONNECT_TIMEOUT/);
  }
});

Deno.test("the answer that opens a WebSocket is left as the runtime has made it", async () => {
  const { get } = edgeOf({ corsOrigins: ["https://app.example"] });
  const { status, headers } = await get("/socket", { headers: { origin: "https://app.example" } });
  assert.equal(status, 101);
  assert.deepEqual([...headers], [["location", "http://edge/"]]);
});

Deno.test("a route for users gets its caller", async () => {
  const { get } = edgeOf();
  const answer = await get("/me", { headers: { authorization: "Bearer ana" } });
  assert.deepEqual(await answer.json(), { id: "ana-id" });
});

Deno.test("beyond the quota requests are refused with the time to wait", async () => {
  const { get, limited } = edgeOf({ limit: 2 });
  assert.equal((await get("/fine")).status, 200);
  const last = await get("/fine");
  assert.equal(last.status, 200);
  assert.equal(last.headers.get("ratelimit"), '"reads";r=0;t=60');
  assert.equal(last.headers.get("ratelimit-policy"), '"reads";q=2;w=60');
  const refused = await get("/fine");
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "30");
  assert.equal((await refused.json()).code, "rate-limited");
  assert.deepEqual(limited, ["reads"]);
});

Deno.test("public routes and refused tokens draw on one quota per address, probes on none", async () => {
  const { get, limited } = edgeOf({ publicLimit: 2 });
  assert.equal((await get("/open")).headers.get("ratelimit"), '"public";r=1;t=30');
  const refused = await get("/me", { headers: { authorization: "Bearer garbage" } });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("ratelimit"), '"public";r=0;t=60');
  for (const path of ["/me", "/open"]) assert.equal((await get(path)).status, 429, path);
  assert.deepEqual(limited, ["public", "public"]);
  assert.equal((await get("/probe")).status, 200);
  const known = await get("/me", { headers: { authorization: "Bearer ana" } });
  assert.equal(known.status, 200);
});

Deno.test("another origin has access only when it is on the list", async () => {
  const { get } = edgeOf({ corsOrigins: ["https://app.example"] });
  const answer = await get("/fine", { headers: { origin: "https://app.example" } });
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://app.example");
  assert.equal(answer.headers.get("vary"), "Origin");
  const preflight = await get("/fine", {
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": "GET" },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /PATCH/);
  const other = await get("/fine", { headers: { origin: "https://other.example" } });
  assert.equal(other.headers.has("access-control-allow-origin"), false);
});

Deno.test("metrics count requests by route template and class of status, never by path", async () => {
  const { get, metrics } = edgeOf();
  await get("/fine");
  await get("/none/of/these");
  const text = await metrics.registry.metrics();
  assert.match(
    text,
    /tf_http_request_duration_seconds_count\{.*route="\/fine".*outcome="2xx".*\} 1/,
  );
  assert.match(text, /route="none".*outcome="4xx"/);
  assert.doesNotMatch(text, /of\/these/);
  assert.match(text, /tf_http_requests_in_flight\{.*\} 0/);
});
