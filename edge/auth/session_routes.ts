/** HTTP of the sessions of whoever asks: which there are, and the end of one, or of all others. */
import {
  type Caller,
  type EdgeContext,
  notFound,
  pathId,
  type RateLimiter,
  type Route,
} from "../http/mod.ts";
import type { AuthService } from "./service.ts";
import type { SessionCookie } from "./session_cookie.ts";

export interface SessionRoutesDeps {
  readonly service: AuthService;
  readonly cookie: SessionCookie;
  /** Per user. */
  readonly quota: RateLimiter;
}

export function sessionRoutes({ service, cookie, quota }: SessionRoutesDeps): Route[] {
  const list = async (_context: EdgeContext, caller: Caller) =>
    Response.json({ sessions: await service.sessions(caller) });

  const end = async (context: EdgeContext, caller: Caller) => {
    const sessionId = pathId(context, "session_id");
    if (!await service.endSession({ userId: caller.userId, sessionId })) {
      throw notFound(`Session "${sessionId}" does not exist`);
    }
    const answer = new Response(null, { status: 204 });
    if (sessionId === caller.sessionId) cookie.clear(context, answer);
    return answer;
  };

  const endOthers = async (_context: EdgeContext, { userId, sessionId }: Caller) => {
    await service.endOtherSessions({ userId, sessionId });
    return new Response(null, { status: 204 });
  };

  const path = "/api/v1/auth/sessions";
  return [
    { method: "GET", path, access: "user", quota, handle: list },
    { method: "DELETE", path, access: "user", quota, handle: endOthers },
    { method: "DELETE", path: `${path}/:session_id`, access: "user", quota, handle: end },
  ];
}
