/**
 * The contract of Todo-1M: commands, events, outcomes, problems, roles, limits, cursors. Pure, and the
 * same in every process and in the browser. Where messages live is in `routing/mod.ts`.
 */
export * from "./calendar.ts";
export * from "./command.ts";
export * from "./commit.ts";
export * from "./cursor.ts";
export * from "./event.ts";
export * from "./ids.ts";
export { parseJson } from "./json.ts";
export * from "./limits.ts";
export * from "./nearest.ts";
export * from "./outcome.ts";
export * from "./problem.ts";
export * from "./rbac.ts";
export * from "./refusals.ts";
export * from "./timer.ts";
export * from "./todo.ts";
export * from "./unknown_parameters.ts";
