/**
 * Cross-origin access for the origins on the list, never with credentials. The loopback names stand for
 * each other when scheme and port agree, as Todo-1M's clients expect.
 */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const EXPOSED = "Accept, ETag, Idempotency-Replayed, Location, Preference-Applied, RateLimit, " +
  "RateLimit-Policy, Request-Id, Retry-After, Stale-Groups, WWW-Authenticate";

function canonical(origin: string): string {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin) return origin;
  if (!LOOPBACK.has(url.hostname)) return origin;
  return `${url.protocol}//loopback${url.port ? `:${url.port}` : ""}`;
}

/** Answers the CORS header fields for a request, or `undefined` when its origin has no access. */
export type CorsPolicy = (request: Request) => Readonly<Record<string, string>> | undefined;

/** A policy for the exact `origins` (scheme, host and port). */
export function corsPolicy(origins: readonly string[]): CorsPolicy {
  const allowed = new Set(origins.map(canonical));
  return (request) => {
    const origin = request.headers.get("origin");
    if (origin === null || !allowed.has(canonical(origin))) return undefined;
    const asked = request.headers.get("access-control-request-headers");
    return {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": METHODS,
      ...(asked ? { "access-control-allow-headers": asked } : {}),
      "access-control-expose-headers": EXPOSED,
      "access-control-max-age": "600",
      "cross-origin-resource-policy": "cross-origin",
    };
  };
}
