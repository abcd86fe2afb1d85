/** HTTP under /api/v1/auth, and the public keys with which others verify our tokens. */
import { networkOf, type TrustedProxies } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import {
  clientAddress,
  type EdgeContext,
  isSameOrigin,
  malformed,
  onlyFields,
  type RateLimiter,
  readJson,
  readOptionalJson,
  type Route,
} from "../http/mod.ts";
import { parseCredentials } from "./credentials.ts";
import type { Guesses } from "./guesses.ts";
import type { AuthService, Session } from "./service.ts";
import type { SessionCookie } from "./session_cookie.ts";
import { userAgentOf } from "./sessions.ts";
import { audited } from "./sign_ins.ts";
import type { VerifyingKey } from "./signing_keys.ts";

export interface AuthRoutesDeps {
  readonly service: AuthService;
  /** The keys that others verify tokens with now. */
  readonly keys: () => readonly VerifyingKey[];
  readonly proxies: TrustedProxies;
  /** Per client address, for who shows a password or wants an account. */
  readonly quota: RateLimiter;
  readonly guesses: Guesses;
  readonly cookie: SessionCookie;
  readonly onRefreshFailure: () => void;
}

/** A refresh token and how the client sent it. */
interface Presented {
  readonly token: string;
  readonly fromCookie: boolean;
}

/** A session without its refresh token: who keeps that in a cookie has no use for it in scripts. */
function hidden(session: Session): Omit<Session, "refresh_token"> {
  const { refresh_token: _, ...rest } = session;
  return rest;
}

export function authRoutes(deps: AuthRoutesDeps): Route[] {
  const { service, cookie, quota } = deps;
  const keySet = () => JSON.stringify({ keys: deps.keys().map(({ publicJwk }) => publicJwk) });

  const clientOf = (context: EdgeContext) => ({
    userAgent: userAgentOf(context.req.raw),
    network: networkOf(clientAddress(context, deps.proxies)),
  });

  const sessionAnswer = (context: EdgeContext, session: Session, body: object, status = 200) => {
    const answer = Response.json(body, { status });
    cookie.keep(context, answer, {
      token: session.refresh_token,
      maxAgeSeconds: service.refreshTokenSeconds,
    });
    return answer;
  };

  const { proxies } = deps;

  const register = async (context: EdgeContext) => {
    const session = await audited(context, { act: "register", proxies }, async () => {
      const credentials = parseCredentials(await readJson(context.req.raw));
      return await service.register(credentials, clientOf(context));
    });
    return sessionAnswer(context, session, session, 201);
  };

  const login = async (context: EdgeContext) => {
    const session = await audited(context, { act: "login", proxies }, async () => {
      const credentials = parseCredentials(await readJson(context.req.raw));
      return await deps.guesses.count(
        context,
        credentials.username,
        () => service.login(credentials, clientOf(context)),
      );
    });
    return sessionAnswer(context, session, session);
  };

  const presented = async (context: EdgeContext): Promise<Presented> => {
    const body = await readOptionalJson(context.req.raw);
    const sent = body === undefined ? undefined : onlyFields(body, ["refresh_token"]).refresh_token;
    if (sent !== undefined && typeof sent !== "string") {
      throw malformed("refresh_token must be a string", "/refresh_token");
    }
    const written = sent?.trim() ?? "";
    if (written !== "") return { token: written, fromCookie: false };
    const token = cookie.tokenOf(context);
    if (token === undefined) throw malformed("refresh_token is required", "/refresh_token");
    if (!isSameOrigin(context.req.raw)) {
      throw new ProblemError({
        code: "forbidden",
        detail: "The session cookie is accepted from the application's own pages only",
      });
    }
    return { token, fromCookie: true };
  };

  const refresh = async (context: EdgeContext) => {
    const { token, fromCookie } = await presented(context);
    try {
      const options = { answerTwins: fromCookie, userAgent: userAgentOf(context.req.raw) };
      const session = await audited(
        context,
        { act: "refresh", proxies },
        () => service.refresh(token, options),
      );
      return sessionAnswer(context, session, fromCookie ? hidden(session) : session);
    } catch (error) {
      const isRefused = error instanceof ProblemError && error.problem.code === "unauthenticated";
      if (isRefused) deps.onRefreshFailure();
      throw error;
    }
  };

  const logout = async (context: EdgeContext) => {
    const { token } = await presented(context);
    await service.logout(token);
    const answer = new Response(null, { status: 204 });
    cookie.clear(context, answer);
    return answer;
  };

  return [
    { method: "POST", path: "/api/v1/auth/register", access: "public", quota, handle: register },
    { method: "POST", path: "/api/v1/auth/login", access: "public", quota, handle: login },
    // Not on that quota: who tries passwords must not keep those from renewing or ending their sessions who
    // share an address with them. Tokens cannot be guessed.
    { method: "POST", path: "/api/v1/auth/refresh", access: "public", handle: refresh },
    { method: "POST", path: "/api/v1/auth/logout", access: "public", handle: logout },
    {
      method: "GET",
      path: "/.well-known/jwks.json",
      access: "public",
      handle: () =>
        new Response(keySet(), {
          headers: {
            "content-type": "application/jwk-set+json",
            "cache-control": "public, max-age=300",
          },
        }),
    },
  ];
}
