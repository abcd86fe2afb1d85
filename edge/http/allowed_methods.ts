/**
 * Which methods a path takes, for the answer to a method it does not take (RFC 9110, section 15.5.6). Where two
 * routes match a path, that with fewer parameters is meant, as in OpenAPI 3.1, section 4.8.8.2.
 */
import type { Route } from "./route.ts";

type Place = Pick<Route, "method" | "path">;

/** A function that lists the methods of the routes that are meant by a path. */
export function allowedMethods(routes: readonly Place[]): (path: string) => string[] {
  const patterns = routes.map(({ method, path }) => ({ method, path, pattern: toPattern(path) }));
  return (path) => {
    const matching = patterns.filter(({ pattern }) => pattern.test(path));
    const methods = new Set<string>();
    for (const { method, path } of matching) {
      if (matching.some((other) => isNarrower(other.path, path))) continue;
      methods.add(method);
      if (method === "GET") methods.add("HEAD");
    }
    return methods.size === 0 ? [] : [...methods, "OPTIONS"];
  };
}

/** The routes whose pattern matches more than they are meant by: paths of a narrower route without their method. */
export function overreaching<P extends Place>(routes: readonly P[]): P[] {
  const takes = (path: string, method: string) =>
    routes.some((route) => route.path === path && route.method === method);
  return routes.filter(({ method, path }) =>
    routes.some((other) => isNarrower(other.path, path) && !takes(other.path, method))
  );
}

/** Whether every path that `path` matches is matched by `other` too, but not the other way round. */
function isNarrower(path: string, other: string): boolean {
  return toPattern(other).test(path) && !toPattern(path).test(other);
}

function toPattern(path: string): RegExp {
  const source = path.split("/").map((part) => {
    if (part.startsWith(":")) return "[^/]+";
    return part === "*" ? ".*" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source.join("/")}$`);
}
