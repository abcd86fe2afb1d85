/** Comparing the read model with the log that it is derived from. */
export { type CheckOptions, checkReadModel, type CheckResult } from "./check.ts";
export { canonical, compareRows, type Difference } from "./compare.ts";
export { emptyTables, foldEvent, referenceTables, type Row, type Tables } from "./fold.ts";
export { readTables } from "./read_tables.ts";
