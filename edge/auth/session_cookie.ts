/** Keeps the cookie with the refresh token in step with the session, in the answers to the edge's own pages. */
import type { TrustedProxies } from "../../actors/platform/mod.ts";
import { type EdgeContext, isForeign } from "../http/mod.ts";
import { refreshCookie, refreshTokenOf } from "./cookie.ts";

export interface SessionCookieOptions {
  /** Whether cookies are always for TLS only. */
  readonly production: boolean;
  readonly proxies: TrustedProxies;
}

export class SessionCookie {
  readonly #options: SessionCookieOptions;

  constructor(options: SessionCookieOptions) {
    this.#options = options;
  }

  /** The refresh token that came in the cookie, if one did. */
  tokenOf(context: EdgeContext): string | undefined {
    return refreshTokenOf(context.req.raw, this.#isSecure(context));
  }

  /** Puts `token` into the cookie for `maxAgeSeconds`, unless a page of somebody else asked. */
  keep(
    context: EdgeContext,
    answer: Response,
    { token, maxAgeSeconds }: { readonly token: string; readonly maxAgeSeconds: number },
  ): void {
    if (isForeign(context.req.raw)) return;
    const options = { secure: this.#isSecure(context), maxAgeSeconds };
    answer.headers.set("set-cookie", refreshCookie(token, options));
  }

  /** Removes the cookie of a session that is over. */
  clear(context: EdgeContext, answer: Response): void {
    this.keep(context, answer, { token: "", maxAgeSeconds: 0 });
  }

  #isSecure({ req, env }: EdgeContext): boolean {
    const { production, proxies } = this.#options;
    return production || proxies.isSecure(req.raw, env.peer);
  }
}
