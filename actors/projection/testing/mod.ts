/** Helpers for the projection's tests and benchmarks: plausible logs, and what must come of them. */
export * from "./log.ts";
export * from "./simulation.ts";
export * from "./tables.ts";
export {
  canonical,
  emptyTables,
  foldEvent,
  readTables,
  referenceTables,
  type Tables,
} from "../check/mod.ts";
export { type Item, itemOf, Writer, type WriterOptions } from "../_writer.ts";
