/** Tells by a request's header fields whether a page in a browser sent it, and of which origin. Pure. */

/**
 * Whether a page of somebody else sent `request`. What is no browser says nothing, and is not foreign.
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
