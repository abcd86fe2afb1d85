/**
 * Answers of an edge that has not reached its dependencies yet: alive, not ready, and nothing else, so
 * that nobody waits for a start that may take long.
 */
import { startCall } from "./call.ts";
import { problemAnswer } from "./problem.ts";
import { secure } from "./security_headers.ts";

/** How long the first requests wait for the start before they are told to come back. */
export const START_PATIENCE_MS = 2_000;

/** The answer to `request` that needs no dependency; `undefined` when it has to wait for the start. */
export function earlyAnswer(request: Request): Response | undefined {
  const { pathname } = new URL(request.url);
  if (pathname === "/livez" || pathname === "/healthz") return new Response("ok\n");
  return pathname === "/readyz" ? notReadyAnswer() : undefined;
}

/** What `/readyz` says meanwhile. */
export function notReadyAnswer(): Response {
  return Response.json({ status: "starting", ready: false, checks: {} }, { status: 503 });
}

/** The refusal of a request while the edge is still starting. */
export function startingAnswer(request: Request): Response {
  const answer = problemAnswer(
    { code: "unavailable", detail: "The service is starting" },
    startCall(request, ""),
  );
  secure(answer);
  return answer;
}
