/** Answers reads with a validator: an `ETag`, and 304 to who has that state already (RFC 9110, 13.1.2). */
import type { EdgeContext } from "./route.ts";

/** The JSON answer `body` in state `etag` (with its quotes), or 304 when the client holds it. */
export function conditionalJson(context: EdgeContext, etag: string, body: unknown): Response {
  const known = context.req.header("if-none-match");
  const headers = { etag, "cache-control": "private, no-cache" };
  if (known !== undefined && isListed(known, etag)) {
    return new Response(null, { status: 304, headers });
  }
  return Response.json(body, { headers });
}

function isListed(field: string, etag: string): boolean {
  return field.trim() === "*" ||
    field.split(",").some((item) => item.trim().replace(/^W\//, "") === etag);
}
