/** The projector: derives the read model in Postgres from the log, and can rebuild it. */
export * from "./errors.ts";
export * from "./metrics.ts";
export * from "./plan.ts";
export * from "./projector.ts";
export * from "./store.ts";
export { decodeMessage, type LogMessage } from "./_decode.ts";
