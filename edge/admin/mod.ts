/** What operators may do over HTTP, behind the ops token. */
export { deadLetterRoutes } from "./dead_letters.ts";
export { operatorCheck, operatorRoutes } from "./operator.ts";
export { type PartitionDeps, partitionRoutes } from "./partitions.ts";
export { projectionJobRoutes } from "./projection_jobs.ts";
export { groupRebuilder } from "./rebuild.ts";
