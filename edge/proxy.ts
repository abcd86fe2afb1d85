/**
 * Passes the streams on to the streamer where no gateway does that (a developer's machine, tests): the
 * body flows through unread, and whoever leaves first ends the other side too. A streamer that does not begin
 * to answer is given up in time, and not asked for a while.
 */
import { ProblemError, REFUSALS } from "../actors/protocol/mod.ts";
import type { TrustedProxies } from "../actors/platform/mod.ts";
import { type Dependency, Unreachable } from "./resilience/mod.ts";
import { passSocketOn } from "./socket_proxy.ts";
import { asksForSocket, checkSocketRequest } from "./socket_request.ts";
import {
  bearerToken,
  type Caller,
  clientAddress,
  type EdgeContext,
  malformed,
  type Method,
  readJsonBytes,
  type Route,
} from "./http/mod.ts";

/** Where WebSockets are. */
const SOCKETS = "/ws";
const PATHS: readonly (readonly [Method, string])[] = [
  ["GET", "/events"],
  ["GET", "/events/disconnect"],
  ["DELETE", "/events/disconnect"],
  ["PUT", "/events/presence"],
  ["POST", "/api/v1/tickets"],
  ["GET", SOCKETS],
  ["GET", "/sse/cluster-info"],
];
/** The methods whose operations have a body; that of others is not read. */
const WITH_BODY: ReadonlySet<string> = new Set<Method>(["PUT"]);
/** Request fields the streamer has use for; the rest stays here. */
const PASSED = ["accept", "authorization", "last-event-id"];
/** Those it has use for where a WebSocket is asked for. */
const PASSED_TO_SOCKETS = ["authorization", "origin"];
/** Longest query; with much more the streamer's server refuses the request without a word. */
const QUERY_MAX_CHARS = 8 * 1024;
/** The query parameter in which Todo-1M's clients send their token. */
const TOKEN = "token";
/** How long the streamer may take until its answer begins: longer than it takes to open a stream. */
const ANSWER_MS = 5_000;
const FIELD_TEXT = /^[\x21-\x7e]*$/;
const UPGRADE_REQUIRED = 426;
/** Response fields that speak of one hop only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "upgrade"];

export interface StreamProxyOptions {
  readonly proxies: TrustedProxies;
  /** Says whom a token speaks for, for the log: the streamer decides by itself. */
  readonly checkToken: (token: string) => Caller | Promise<Caller>;
  /** Base URL of the streamer. */
  readonly url: string;
  /** Says whether the streamer is asked at all. */
  readonly streamer: Dependency;
  /** How long the streamer may take until its answer begins, in milliseconds; five seconds unless told. */
  readonly answerMs?: number;
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
    handle: (context) =>
      path === SOCKETS && asksForSocket(context.req.raw)
        ? passSocket(context, options)
        : passOn(context, options),
  }));
}

async function passSocket(context: EdgeContext, options: StreamProxyOptions): Promise<Response> {
  checkSocketRequest(context.req.raw);
  const url = targetOf(context);
  const headers = fieldsOf(context, options, PASSED_TO_SOCKETS);
  // Pages of the host that the client asked for have access.
  headers.set("x-forwarded-host", context.req.header("host") ?? "");
  return await passSocketOn(context.req.raw, {
    streamer: options.streamer,
    answerMs: options.answerMs ?? ANSWER_MS,
    url: options.url.replace(/^http/, "ws") + url.pathname + url.search,
    headers: Object.fromEntries(headers),
    signal: options.signal,
  });
}

function targetOf(context: EdgeContext): URL {
  const url = new URL(context.req.raw.url);
  if (url.search.length > QUERY_MAX_CHARS) {
    throw malformed(`The query is longer than ${QUERY_MAX_CHARS} characters`);
  }
  return url;
}

/** The fields that go on: those of `names`, and who asks. */
function fieldsOf(
  context: EdgeContext,
  options: StreamProxyOptions,
  names: readonly string[],
): Headers {
  const headers = new Headers({
    traceparent: context.env.traceparent,
    // What the streamer refuses is found by the id that the client is told.
    "request-id": context.env.id,
    // What the client says of itself ends here: the streamer hears of one address, and who it is.
    "x-forwarded-for": clientAddress(context, options.proxies),
  });
  for (const name of names) {
    const value = context.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

async function passOn(context: EdgeContext, options: StreamProxyOptions): Promise<Response> {
  const { method } = context.req.raw;
  const url = targetOf(context);
  const headers = fieldsOf(context, options, PASSED);
  if (options.queryToken) moveToken(url, headers);
  const body = WITH_BODY.has(method) ? await readJsonBytes(context.req.raw) : undefined;
  const upstream = await ask(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: body as BodyInit }),
    redirect: "manual",
    signal: AbortSignal.any([options.signal, context.req.raw.signal]),
  }, options);
  passLimit(context, upstream.headers);
  if (upstream.ok) await nameUser(context, headers, options);
  const answer = new Response(upstream.body, {
    status: upstream.status,
    headers: upstream.headers,
  });
  for (const name of HOP_BY_HOP) answer.headers.delete(name);
  if (upstream.status === UPGRADE_REQUIRED) answer.headers.set("upgrade", "websocket");
  return answer;
}

/**
 * The streamer's answer as soon as it begins. Who leaves before that says nothing about the streamer: it is heard
 * out, and what it says is dropped.
 *
 * @param request `signal` aborts when one side leaves
 * @throws {ProblemError} `unavailable` when the streamer is away, does not begin in time, or one side leaves
 */
async function ask(
  { pathname, search }: URL,
  { signal, ...request }: RequestInit & { readonly signal: AbortSignal },
  { streamer, url, answerMs = ANSWER_MS }: StreamProxyOptions,
): Promise<Response> {
  const detail = "Streams are not available at this moment";
  const left = () => new ProblemError({ code: "unavailable", detail });
  if (signal.aborted) throw left();
  const ending = new AbortController();
  const end = () => ending.abort();
  const reach = async () => {
    try {
      return await fetch(url + pathname + search, { ...request, signal: ending.signal });
    } catch (error) {
      throw new Unreachable("The streamer cannot be reached", {
        cause: withoutQuery(error, search),
      });
    }
  };
  const begun = streamer.run(reach, { deadlineMs: answerMs });
  const leaving = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => {
    leaving.reject(left());
    begun.then(end, end);
  }, { once: true });
  begun.catch(end);
  return await Promise.race([begun, leaving.promise]);
}

/** Notes the streamer's quota for the answer, where one applied: it counts rather than that of public routes. */
function passLimit(context: EdgeContext, headers: Headers): void {
  const policy = headers.get("ratelimit-policy");
  const state = headers.get("ratelimit");
  if (policy !== null && state !== null) context.env.rateLimit = { policy, state };
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
    throw new ProblemError(REFUSALS.tokenInvalid);
  }
  headers.set("authorization", `Bearer ${token}`);
}

/** What `error` says, fit for the log: it quotes the address, whose query may hold a token. */
function withoutQuery(error: unknown, search: string): string {
  return search === "" ? String(error) : String(error).replaceAll(search, "");
}
