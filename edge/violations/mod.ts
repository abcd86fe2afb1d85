/** Violations of the pages' content policy, as browsers report them. */
export { CspReport, Reports } from "./report.ts";
export { violationRoutes } from "./routes.ts";
