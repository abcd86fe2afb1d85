/**
 * Passes the streams on to the streamer where no gateway does that (a developer's machine, tests): the
 * body flows through unread, and whoever leaves first ends the other side too.
 */
import { ProblemError } from "../actors/protocol/mod.ts";
import type { TrustedProxies } from "../actors/platform/mod.ts";
import {
  bearerToken,
  type Caller,
  clientAddress,
  type EdgeContext,
  malformed,
  type Method,
  type Route,
} from "./http/mod.ts";

const PATHS: readonly (readonly [Method, string])[] = [
  ["GET", "/events"],
  ["GET", "/events/disconnect"],
  ["DELETE", "/events/disconnect"],
  ["GET", "/sse/cluster-info"],
];
/** Request fields the streamer has use for; the rest stays here. */
const PASSED = ["accept", "authorization", "last-event-id"];
/** Longest query; with much more the streamer's server refuses the request without a word. */
const QUERY_MAX_CHARS = 8 * 1024;
/** The query parameter in which Todo-1M's clients send their token. */
const TOKEN = "token";
const FIELD_TEXT = /^[\x21-\x7e]*$/;
/** Response fields that speak of one hop only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "upgrade"];

export interface StreamProxyOptions {
  readonly proxies: TrustedProxies;
  /** Says whom a token speaks for, for the log: the streamer decides by itself. */
  readonly checkToken: (token: string) => Caller | Promise<Caller>;
  /** Base URL of the streamer. */
  readonly url: string;
  /** Whether the query parameter `token` stands for an `Authorization` field that is missing. */
  readonly queryToken: boolean;
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
  const { method } = context.req.raw;
  const url = new URL(context.req.raw.url);
  if (url.search.length > QUERY_MAX_CHARS) {
    throw malformed(`The query is longer than ${QUERY_MAX_CHARS} characters`);
  }
  const headers = new Headers({
    traceparent: context.env.traceparent,
    // What the client says of itself ends here: the streamer hears of one address, and who it is.
    "x-forwarded-for": clientAddress(context, options.proxies),
  });
  for (const name of PASSED) {
    const value = context.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  if (options.queryToken) moveToken(url, headers);
  let upstream: Response;
  try {
    upstream = await fetch(options.url + url.pathname + url.search, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.any([options.signal, context.req.raw.signal]),
    });
  } catch (error) {
    throw new ProblemError(
      { code: "unavailable", detail: "Streams are not available at this moment" },
      { cause: withoutQuery(error, url.search) },
    );
  }
  if (upstream.ok) await nameUser(context, headers, options);
  const answer = new Response(upstream.body, {
    status: upstream.status,
    headers: upstream.headers,
  });
  for (const name of HOP_BY_HOP) answer.headers.delete(name);
  return answer;
}

/** Notes whose request it is, as far as the token of `headers` tells. */
async function nameUser(
  context: EdgeContext,
  headers: Headers,
  { checkToken }: StreamProxyOptions,
): Promise<void> {
  const token = bearerToken({ headers });
  if (token === "") return;
  try {
    const { userId } = await checkToken(token);
    context.env.userId = userId;
  } catch (error) {
    // Of a token that is not valid any more nobody is known.
    if (!(error instanceof ProblemError)) throw error;
  }
}

/** Puts the token of the query where tokens belong, unless there is one, and takes it off the query. */
function moveToken(url: URL, headers: Headers): void {
  const token = url.searchParams.get(TOKEN);
  if (token === null) return;
  url.searchParams.delete(TOKEN);
  if (headers.has("authorization")) return;
  // Other characters cannot stand in a field, nor in any token of ours.
  if (!FIELD_TEXT.test(token)) {
    throw new ProblemError({ code: "unauthenticated", detail: "invalid token" });
  }
  headers.set("authorization", `Bearer ${token}`);
}

/** What `error` says, fit for the log: it quotes the address, whose query may hold a token. */
function withoutQuery(error: unknown, search: string): string {
  return search === "" ? String(error) : String(error).replaceAll(search, "");
}
