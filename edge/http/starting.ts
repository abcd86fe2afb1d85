/**
 * Answers that need no app. Of an edge that has not reached its dependencies yet: alive, not ready, and nothing
 * else, so that nobody waits for a start that may take long. And the refusal of what has no readable target.
 */
import { targetFault } from "../../actors/platform/mod.ts";
import { type Call, startCall } from "./call.ts";
import { problemAnswer } from "./problem.ts";
import { secure } from "./security_headers.ts";
import type { Telemetry } from "./telemetry.ts";

/** How long the first requests wait for the start before they are told to come back. */
export const START_PATIENCE_MS = 2_000;

/** Answers one request. */
export type AnswerTo = (call: Call) => Response;

/** What answers `request` and needs no dependency; `undefined` when it has to wait for the start. */
export function earlyAnswer(request: Request): AnswerTo | undefined {
  const { pathname } = new URL(request.url);
  const at = (answer: () => Response): AnswerTo => (call) => {
    call.route = pathname;
    return answer();
  };
  if (pathname === "/livez" || pathname === "/healthz") return at(() => new Response("ok\n"));
  return pathname === "/readyz" ? at(notReadyAnswer) : undefined;
}

/** What `/readyz` says meanwhile. */
export function notReadyAnswer(): Response {
  return Response.json({ status: "starting", ready: false, checks: {} }, { status: 503 });
}

/** What refuses a request for a place that cannot be told; `undefined` for every other request. */
export function misdirectedAnswer({ headers, url }: Request): AnswerTo | undefined {
  const detail = targetFault({ host: headers.get("host"), url });
  return detail === undefined
    ? undefined
    : (call) => problemAnswer({ code: "malformed", detail }, call);
}

/** The refusal of a request while the edge is still starting, or cannot start. */
export const startingAnswer: AnswerTo = (call) =>
  problemAnswer({ code: "unavailable", detail: "The service is starting" }, call);

/**
 * The answer to `request` that `answerTo` makes, with the fields that every answer has, and told as every other.
 *
 * @param about `peer`: address of the peer of the connection; `startedAt`: when the request came, by `performance`
 */
export function answerBeside(
  request: Request,
  answerTo: AnswerTo,
  about: {
    readonly peer: string;
    readonly startedAt: number;
    readonly telemetry: Pick<Telemetry, "start" | "finish">;
  },
): Response {
  const { peer, startedAt, telemetry } = about;
  telemetry.start();
  const call = startCall(request, peer);
  const answer = answerTo(call);
  secure(answer);
  answer.headers.set("request-id", call.id);
  telemetry.finish(request, call, answer, performance.now() - startedAt);
  return answer;
}
