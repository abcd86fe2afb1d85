/**
 * What operators ask of every process: `/livez` (the event loop turns), `/readyz` (it can serve; each
 * dependency with its latency) and `/metrics`. Served on a port of its own, never to the public.
 */
import type { Registry } from "prom-client";

/** Checks one dependency: resolves when it is fine, throws with the reason when it is not. */
export type Check = () => Promise<void> | void;
export type Checks = Readonly<Record<string, Check>>;

/** Result of every check; `ready` only if all are fine. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<
    Record<string, { readonly ok: boolean; readonly latency_ms: number; readonly detail?: string }>
  >;
}

/** Runs all `checks` side by side, each limited to `timeoutMs`. */
export async function readiness(checks: Checks, timeoutMs = 1_000): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const startedAt = performance.now();
      const failure = await within(check, timeoutMs);
      const latency_ms = Math.round((performance.now() - startedAt) * 10) / 10;
      return [name, {
        ok: failure === undefined,
        latency_ms,
        ...(failure === undefined ? {} : { detail: failure }),
      }] as const;
    }),
  );
  return { ready: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
}

async function within(check: Check, timeoutMs: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  try {
    return await Promise.race([
      promise,
      (async () => {
        await check();
        return undefined;
      })(),
    ]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Answers the operational paths; `undefined` for any other. */
export async function answerOperations(
  pathname: string,
  options: { readonly registry: Registry; readonly checks: Checks },
): Promise<Response | undefined> {
  switch (pathname) {
    case "/livez":
    case "/healthz":
      return new Response("ok\n", { headers: { "content-type": "text/plain" } });
    case "/readyz": {
      const result = await readiness(options.checks);
      return Response.json(result, { status: result.ready ? 200 : 503 });
    }
    case "/metrics":
      return new Response(await options.registry.metrics(), {
        headers: { "content-type": options.registry.contentType },
      });
    default:
      return undefined;
  }
}

/** Serves the operational paths on `port` of `hostname` (default all of loopback). */
export function serveOperations(
  options: {
    readonly port: number;
    readonly hostname?: string;
    readonly registry: Registry;
    readonly checks: Checks;
  },
): Deno.HttpServer {
  return serveOperationsAs(options, (pathname) => answerOperations(pathname, options));
}

/** As {@link serveOperations}, for a process with answers of its own; `undefined` for what is not there. */
export function serveOperationsAs(
  place: { readonly port: number; readonly hostname?: string },
  answer: (pathname: string) => Promise<Response | undefined>,
): Deno.HttpServer {
  return Deno.serve(
    { port: place.port, hostname: place.hostname ?? "127.0.0.1", onListen: () => {} },
    async (request) =>
      await answer(new URL(request.url).pathname) ?? new Response("Not found\n", { status: 404 }),
  );
}
