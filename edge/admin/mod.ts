/** What operators may do over HTTP, behind the ops token. */
export { type DeadLetterDeps, deadLetterRoutes } from "./dead_letters.ts";
export { type OperatorOptions, type OperatorRoute, operatorRoutes } from "./operator.ts";
export { groupRebuilder } from "./rebuild.ts";
