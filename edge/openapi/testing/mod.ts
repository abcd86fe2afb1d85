/** For tests: routes that exist nowhere else, and what judges real answers by the API's document. */
import type { DocumentedRoute, Route } from "../../http/mod.ts";

export { reference } from "../_json_schema.ts";
export { OPERATIONS } from "../operations/mod.ts";
export {
  type Answered,
  answerFaults,
  type ApiDocument,
  type Place,
  placesOf,
  SchemaChecks,
} from "./validator.ts";

/** `routes` as if something was said of them. */
export function asIfDescribed(routes: readonly Route[]): DocumentedRoute[] {
  return routes.map((route) => ({
    ...route,
    documentation: { operationId: route.path, tag: "Tests", summary: "Exists in a test" },
  }));
}
