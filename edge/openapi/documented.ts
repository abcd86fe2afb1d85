/** Puts to every route what the API's document says of it, and lets no route pass of which it says nothing. */
import type { Route } from "../http/mod.ts";
import type { DescribedRoute } from "./document.ts";
import type { Operations } from "./operation.ts";
import { OPERATIONS } from "./operations/mod.ts";
import { queryNames } from "./parameters.ts";

/**
 * The `routes` with their documentation, and with the parameters that it names.
 *
 * @throws {Error} when the document does not tell of a route, or not of its authentication
 */
export function documented(
  routes: readonly Route[],
  operations: Operations = OPERATIONS,
): DescribedRoute[] {
  return routes.map((route) => {
    const name = `${route.method} ${route.path}` as const;
    const documentation = Object.hasOwn(operations, name)
      ? operations[name as keyof Operations]
      : undefined;
    if (!documentation) {
      throw new Error(`Cannot serve "${name}": edge/openapi/operations does not describe it`);
    }
    if (route.access === "user" && documentation.security !== "user") {
      throw new Error(`Cannot serve "${name}": its description does not say that it needs a user`);
    }
    const { anyQuery, query } = documentation;
    return { ...route, documentation, ...anyQuery ? {} : { parameters: queryNames(query) } };
  });
}
