/**
 * The refresh token as a cookie for the pages of the edge itself: not readable by scripts, sent only to
 * the auth endpoints and only from the same site (RFC 6265bis). Over plain HTTP, which only a
 * developer's machine uses, the name has no `__Secure-` prefix because browsers would refuse it.
 */
const NAME = "todo1m_refresh";
const PATH = "/api/v1/auth";

function nameOf(secure: boolean): string {
  return secure ? `__Secure-${NAME}` : NAME;
}

/** `Set-Cookie` value that keeps `token` for `maxAgeSeconds`; 0 removes the cookie. */
export function refreshCookie(
  token: string,
  options: { readonly secure: boolean; readonly maxAgeSeconds: number },
): string {
  return `${nameOf(options.secure)}=${token}; Path=${PATH}; Max-Age=${options.maxAgeSeconds}; ` +
    `HttpOnly; SameSite=Strict${options.secure ? "; Secure" : ""}`;
}

/** The refresh token in the request's cookie, if it carries one. */
export function refreshTokenOf(request: Request, secure: boolean): string | undefined {
  const wanted = `${nameOf(secure)}=`;
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const pair = part.trim();
    if (pair.startsWith(wanted)) return pair.slice(wanted.length) || undefined;
  }
  return undefined;
}

/**
 * Whether a page of somebody else sent `request`: that page must not choose whose session the cookie
 * keeps. What is no browser says nothing, and is not foreign.
 */
export function isForeign(request: Request): boolean {
  const { headers } = request;
  if (!headers.has("sec-fetch-site") && !headers.has("origin")) return false;
  return !isSameOrigin(request);
}

/**
 * Whether the page that sent `request` is one of ours: what makes a cookie speak for its owner's will
 * and not for another site's. Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`.
 */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("origin");
  const host = request.headers.get("host");
  return origin !== null && host !== null && URL.parse(origin)?.host === host;
}
