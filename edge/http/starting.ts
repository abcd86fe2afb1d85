/**
 * Answers that need no dependency. Of an edge that has not reached its own yet: alive, not ready, and nothing
 * else, so that nobody waits for a start that may take long. And the refusal of what has no readable target.
 */
import { logger, targetFault } from "../../actors/platform/mod.ts";
import { startCall } from "./call.ts";
import { problemAnswer } from "./problem.ts";
import { secure } from "./security_headers.ts";

/** How long the first requests wait for the start before they are told to come back. */
export const START_PATIENCE_MS = 2_000;

/** The answer to `request` that needs no dependency; `undefined` when it has to wait for the start. */
export function earlyAnswer(request: Request): Response | undefined {
  const { pathname } = new URL(request.url);
  const { id } = startCall(request, "");
  if (pathname === "/livez" || pathname === "/healthz") return named(new Response("ok\n"), id);
  return pathname === "/readyz" ? named(notReadyAnswer(), id) : undefined;
}

/** What `/readyz` says meanwhile. */
export function notReadyAnswer(): Response {
  return Response.json({ status: "starting", ready: false, checks: {} }, { status: 503 });
}

/** The refusal of a request for a place that cannot be told; `undefined` for every other request. */
export function misdirectedAnswer(request: Request): Response | undefined {
  const { headers, url } = request;
  const detail = targetFault({ host: headers.get("host"), url });
  if (detail === undefined) return undefined;
  const call = startCall(request, "");
  const answer = problemAnswer({ code: "malformed", detail }, call, { "request-id": call.id });
  secure(answer);
  logger("edge").info("Request refused: {detail}", {
    detail,
    request_id: call.id,
    trace_id: call.traceId,
  });
  return answer;
}

/** The refusal of a request while the edge is still starting. */
export function startingAnswer(request: Request): Response {
  const call = startCall(request, "");
  const problem = { code: "unavailable", detail: "The service is starting" } as const;
  return named(problemAnswer(problem, call), call.id);
}

/** `answer` with the fields that every answer has. */
function named(answer: Response, id: string): Response {
  secure(answer);
  answer.headers.set("request-id", id);
  return answer;
}
