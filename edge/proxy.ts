/**
 * Passes the streams on to the streamer where no gateway does that (a developer's machine, tests): the
 * body flows through unread, and whoever leaves first ends the other side too.
 */
import { ProblemError } from "../actors/protocol/mod.ts";
import type { EdgeContext, Method, Route } from "./http/mod.ts";

const PATHS: readonly (readonly [Method, string])[] = [
  ["GET", "/events"],
  ["GET", "/events/disconnect"],
  ["DELETE", "/events/disconnect"],
];
/** Request fields the streamer has use for; the rest stays here. */
const PASSED = ["accept", "authorization", "cookie", "last-event-id", "sec-fetch-site", "origin"];
/** Response fields that speak of one hop only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "upgrade"];

export interface StreamProxyOptions {
  /** Base URL of the streamer. */
  readonly url: string;
  /** Ends every stream when it aborts. */
  readonly signal: AbortSignal;
}

export function streamRoutes(options: StreamProxyOptions): Route[] {
  return PATHS.map(([method, path]) => ({
    method,
    path,
    access: "public",
    handle: (context) => passOn(context, options),
  }));
}

async function passOn(context: EdgeContext, options: StreamProxyOptions): Promise<Response> {
  const { method, url } = context.req.raw;
  const { pathname, search } = new URL(url);
  const headers = new Headers({ traceparent: context.env.traceparent });
  for (const name of PASSED) {
    const value = context.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  let upstream: Response;
  try {
    upstream = await fetch(options.url + pathname + search, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.any([options.signal, context.req.raw.signal]),
    });
  } catch (cause) {
    throw new ProblemError(
      { code: "unavailable", detail: "Streams are not available at this moment" },
      { cause },
    );
  }
  const answer = new Response(upstream.body, {
    status: upstream.status,
    headers: upstream.headers,
  });
  for (const name of HOP_BY_HOP) answer.headers.delete(name);
  return answer;
}
