/**
 * The group aggregate: `decide` turns a command into events or a refusal, `evolve` (of `fold/`) folds
 * events into the state. Pure: the clock, the ids and the original events of an undo are handed in.
 */
export * from "./fold/mod.ts";
export type { DecideContext, Decision } from "./_decision.ts";
export { decide } from "./decide.ts";
export { goldenLog } from "./golden_log.ts";
export { originalOf } from "./_original.ts";
export {
  type ArmedTimer,
  armedTimers,
  movesTimers,
  type TimerChange,
  timersAfter,
} from "./timers.ts";
