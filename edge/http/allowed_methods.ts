/** Which methods a path takes, for the answer to a method it does not take (RFC 9110, section 15.5.6). */
import type { Route } from "./route.ts";

/** A function that lists the methods of every route whose pattern a path matches. */
export function allowedMethods(routes: readonly Route[]): (path: string) => string[] {
  const patterns = routes.map(({ method, path }) => ({ method, pattern: toPattern(path) }));
  return (path) => {
    const methods = new Set<string>();
    for (const { method, pattern } of patterns) {
      if (!pattern.test(path)) continue;
      methods.add(method);
      if (method === "GET") methods.add("HEAD");
    }
    return methods.size === 0 ? [] : [...methods, "OPTIONS"];
  };
}

function toPattern(path: string): RegExp {
  const source = path.split("/").map((part) => {
    if (part.startsWith(":")) return "[^/]+";
    return part === "*" ? ".*" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source.join("/")}$`);
}
