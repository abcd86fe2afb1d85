/**
 * The part of the contract that needs no package: what the fold of a group runs on, in every process
 * and in the browser, without the schemas of outside data coming along.
 */
export * from "../calendar.ts";
export type * from "../command.ts";
export * from "../cursor.ts";
export * from "../event.ts";
export * from "../limits.ts";
export * from "../nearest.ts";
export * from "../rbac.ts";
export * from "../timer.ts";
export type * from "../todo.ts";
export * from "../uuid_v7.ts";
