/** Histories of a group, for tests of whatever holds groups: random ones, and one with everything. */
export { bodyOf, history, play, type Step } from "../_arbitraries.ts";
export { goldenLog } from "../fold/schema/mod.ts";
