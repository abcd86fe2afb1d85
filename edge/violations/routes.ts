/**
 * Takes the reports of browsers. The address is public, for who reports shows no token; no page of another
 * site gets a browser to send these media types without asking first (Fetch, CORS-preflight), which is refused.
 */
import { logger, type Metrics } from "../../actors/platform/mod.ts";
import { malformed, mediaTypeOf, type RateLimiter, readJson, type Route } from "../http/mod.ts";
import { REPORT_TYPES, violationsIn } from "./report.ts";
import { ViolationLog } from "./violation_log.ts";

/** Browsers send reports one by one, or few at once, of about a kilobyte each. */
const MAX_BYTES = 32 * 1024;

export interface ViolationDeps {
  readonly metrics: Metrics;
  /** Per client address. */
  readonly quota: RateLimiter;
}

export function violationRoutes({ metrics, quota }: ViolationDeps): Route[] {
  const violations = new ViolationLog({ metrics, log: logger("edge.violations") });
  return [{
    method: "POST",
    path: "/csp-reports",
    access: "public",
    quota,
    handle: async ({ req: { raw: request } }) => {
      const body = await readJson(request, { maxBytes: MAX_BYTES, types: REPORT_TYPES });
      const type = mediaTypeOf(request);
      const reported = violationsIn(type, body);
      if (!reported) throw malformed(`The body is no report of type ${type}`, "");
      for (const violation of reported) violations.note(violation);
      return new Response(null, { status: 204 });
    },
  }];
}
