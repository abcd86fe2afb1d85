/** Audits: who did what, and the proof that the log still says what it said when it was written. */
export { natsGroupLog } from "./group_log.ts";
export { auditRoutes } from "./routes.ts";
