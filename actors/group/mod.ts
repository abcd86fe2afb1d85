/**
 * The group aggregate: `decide` turns a command into events or a refusal, `evolve` (of `fold/`) folds
 * events into the state. Pure: the clock, the ids and the original events of an undo are handed in.
 */
export * from "./fold/mod.ts";
export type { DecideContext, Decision } from "./_decision.ts";
export { decide } from "./decide.ts";
export { groupKind } from "./kind.ts";
export { armedTimers, timersAfter } from "./timers.ts";
