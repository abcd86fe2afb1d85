/** For tests: routes that exist nowhere else, and what judges real answers by the API's document. */
import { type DocumentedRoute, RateLimiter, type Route } from "../../http/mod.ts";
import { OPERATIONS } from "../operations/mod.ts";

export { reference } from "../_json_schema.ts";
export { OPERATIONS };
export {
  type Answered,
  answerFaults,
  type ApiDocument,
  type Place,
  placesOf,
  SchemaChecks,
} from "./validator.ts";

const quota = new RateLimiter("test", { limit: 0, windowSeconds: 60 });

/** A route for every operation that is described. */
export function allRoutes(): Route[] {
  return Object.entries(OPERATIONS).map(([name, { security }]) => {
    const [method, path = ""] = name.split(" ");
    const common = { method: method as Route["method"], path, handle: () => new Response() };
    return security === "user"
      ? { ...common, access: "user", quota }
      : { ...common, access: "public" };
  });
}

/** `routes` as if something was said of them. */
export function asIfDescribed(routes: readonly Route[]): DocumentedRoute[] {
  return routes.map((route) => ({
    ...route,
    documentation: { operationId: route.path, tag: "Tests", summary: "Exists in a test" },
  }));
}
