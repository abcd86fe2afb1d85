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

/** Paths, and methods that they do not take although a route with more parameters would match. */
export function hiddenMethods(routes: readonly Place[]): Place[] {
  const paths = [...new Set(routes.map(({ path }) => path))];
  return paths.flatMap((path) =>
    routes.filter((other) =>
      isNarrower(path, other.path) &&
      !routes.some((own) => own.path === path && own.method === other.method)
    ).map(({ method }) => ({ method, path }))
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
