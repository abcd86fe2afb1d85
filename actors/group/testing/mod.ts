/** Random histories of a group, for tests of whatever holds groups. */
export { bodyOf, history, type Step } from "../_arbitraries.ts";
