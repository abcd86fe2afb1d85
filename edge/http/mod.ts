/**
 * HTTP without knowledge of what is served: routes, bodies, problems, quotas, header fields, telemetry.
 */
export { allowedMethods, overreaching } from "./allowed_methods.ts";
export { bearerToken } from "./bearer_token.ts";
export { type Quota, RateLimiter } from "../../actors/platform/mod.ts";
export { type Attempt, Attempts } from "./attempts.ts";
export { readJson, readJsonBytes, readOptionalJson } from "./body.ts";
export { type Call, type EdgeEnv, startCall } from "./call.ts";
export type { Authenticate, Caller } from "./caller.ts";
export { conditionalJson, isConditional, notModified } from "./conditional.ts";
export { corsPolicy } from "./cors.ts";
export { encoded, encodingFor } from "./encoding.ts";
export { onlyFields } from "./fields.ts";
export { Gate } from "./gate.ts";
export { mediaTypeOf } from "./media_type.ts";
export { problemOfNats } from "./nats_errors.ts";
export {
  HeadedProblem,
  invalid,
  malformed,
  notFound,
  problemAnswer,
  RetryLater,
  toBeFoundOut,
} from "./problem.ts";
export {
  groupIdOf,
  minVersionOf,
  parameterOf,
  pathCommandId,
  pathId,
  withinHistory,
} from "./query.ts";
export {
  clientAddress,
  type DocumentedRoute,
  type EdgeContext,
  type Method,
  mount,
  type MountOptions,
  type PublicRoute,
  rateLimited,
  readBy,
  type Route,
  type RouteDocumentation,
  spend,
  type UserRoute,
} from "./route.ts";
export { isForeign, isSameOrigin } from "./same_origin.ts";
export { pageFields, secure } from "./security_headers.ts";
export { Shedding } from "./shedding.ts";
export { watchBodies } from "./slow_bodies.ts";
export {
  answerBeside,
  earlyAnswer,
  misdirectedAnswer,
  notReadyAnswer,
  START_PATIENCE_MS,
  startingAnswer,
} from "./starting.ts";
export { SharedContent } from "./shared_content.ts";
export { problemOfStore, storeFaultOf } from "./store_errors.ts";
export { Telemetry } from "./telemetry.ts";
