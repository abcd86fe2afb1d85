/** Which fold makes the states of groups, for whoever keeps them. Server side only (uses node:crypto). */
export { goldenLog } from "./golden_log.ts";
export { groupSchema } from "./snapshot_schema.ts";
