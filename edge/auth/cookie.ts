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
