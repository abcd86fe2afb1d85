/**
 * Answers reads with a validator: an `ETag`, and 304 to who has that state already (RFC 9110, 13.1.2). No cache
 * may store what belongs to a user: a client that asks so keeps tag and body itself.
 */
import type { EdgeContext } from "./route.ts";

/**
 * The tags are strong: of these very bytes. Who compresses them on the way, as older Denos do by themselves, makes the
 * tag a weak one, which `If-Match` never takes (RFC 9110, sections 7.7 and 13.1.1).
 */
export const NOT_TRANSFORMED = "no-transform";
const NOT_STORED = `no-store, ${NOT_TRANSFORMED}`;

/** Whether the client says which state it holds. */
export function isConditional(context: EdgeContext): boolean {
  return context.req.header("if-none-match") !== undefined;
}

/** 304 when the client holds state `etag` (with its quotes). */
export function notModified(context: EdgeContext, etag: string): Response | undefined {
  return unchanged(context, { etag, "cache-control": NOT_STORED });
}

/** The JSON answer `body` in state `etag` (with its quotes), or 304 when the client holds it. */
export function conditionalJson(context: EdgeContext, etag: string, body: unknown): Response {
  const headers = { etag, "cache-control": NOT_STORED };
  return unchanged(context, headers) ?? Response.json(body, { headers });
}

/** 304 with `headers` when the client holds what they tag. */
export function unchanged(
  context: EdgeContext,
  headers: { readonly etag: string; readonly "cache-control": string },
): Response | undefined {
  const known = context.req.header("if-none-match");
  if (known === undefined || !isListed(known, headers.etag)) return undefined;
  return new Response(null, { status: 304, headers });
}

function isListed(field: string, etag: string): boolean {
  return field.trim() === "*" ||
    field.split(",").some((item) => item.trim().replace(/^W\//, "") === etag);
}
