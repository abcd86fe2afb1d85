/** What operators may do over HTTP, behind the ops token. */
export { type DeadLetterDeps, deadLetterRoutes } from "./dead_letters.ts";
export { type OperatorOptions, type OperatorRoute, operatorRoutes } from "./operator.ts";
export { type PartitionDeps, partitionRoutes } from "./partitions.ts";
export { groupRebuilder } from "./rebuild.ts";
