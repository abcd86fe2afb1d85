/** The token of a request's `Authorization` field (RFC 6750): the only place a token is taken from. */

/** The bearer token of `request`, or "" when it has none or uses another scheme. */
export function bearerToken(request: Pick<Request, "headers">): string {
  const field = request.headers.get("authorization");
  if (field === null || field.length < 7 || field.slice(0, 7).toLowerCase() !== "bearer ") {
    return "";
  }
  return field.slice(7).trim();
}
