/**
 * The table of routes: each says who may call it and which quota it draws on. Mounting wraps a handler
 * once with exactly what it needs, so a request passes through no chain of middleware.
 */
import type { Context, Hono } from "hono";
import {
  limiterKey,
  type RateLimiter,
  tooOften,
  type TrustedProxies,
  whenInWords,
} from "../../actors/platform/mod.ts";
import { ProblemError, refuseUnknownParameters } from "../../actors/protocol/mod.ts";
import type { Authenticate, Caller } from "./caller.ts";
import type { Call, EdgeEnv } from "./call.ts";
import { RetryLater } from "./problem.ts";

export type EdgeContext = Context<EdgeEnv>;
type Answer = Response | Promise<Response>;
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface RouteBase {
  readonly method: Method;
  /** Hono path pattern; also the route's name in metrics. */
  readonly path: string;
}

/** A route anybody may call; its quota, or that of all such routes together, is counted per client address. */
export interface PublicRoute extends RouteBase {
  readonly access: "public";
  readonly quota?: RateLimiter;
  /** Whether it is answered however often it is asked: for probes. */
  readonly unlimited?: boolean;
  readonly handle: (context: EdgeContext) => Answer;
}

/** A route that needs an access token; the quota is counted per user. */
export interface UserRoute extends RouteBase {
  readonly access: "user";
  readonly quota: RateLimiter;
  readonly handle: (context: EdgeContext, caller: Caller) => Answer;
}

export type Route = PublicRoute | UserRoute;

/** Makes routes by which users read, all of which draw on `quota`: of a path and what answers there. */
export function readBy(
  quota: RateLimiter,
): (path: string, handle: UserRoute["handle"]) => UserRoute {
  return (path, handle) => ({ method: "GET", path, access: "user", quota, handle });
}

/** What the API's document says of a route; the rest of it is only known where the document is made. */
export interface RouteDocumentation {
  /** Unique among all routes. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
}

/** A route that the API's document tells of: no other one is served. */
export type DocumentedRoute = Route & {
  readonly documentation: RouteDocumentation;
  /** Parameters that the query may have; without this it may have any, which the route passes over or judges. */
  readonly parameters?: readonly string[];
};

export interface MountOptions {
  readonly authenticate: Authenticate;
  readonly proxies: TrustedProxies;
  /** Per client address: for public routes without a quota of their own, and for failed authentication. */
  readonly publicQuota?: RateLimiter;
  /** Told of every refusal for want of quota. */
  readonly onLimited: (policy: string) => void;
}

/** Adds `routes` to `app`. */
export function mount(
  app: Hono<EdgeEnv>,
  routes: readonly DocumentedRoute[],
  options: MountOptions,
): void {
  for (const route of routes) {
    app.on(route.method, route.path, wrap(route, options));
  }
}

function wrap(route: DocumentedRoute, options: MountOptions): (context: EdgeContext) => Answer {
  const { path, parameters } = route;
  const checkQuery = (context: EdgeContext) => {
    const { url } = context.req.raw;
    const start = parameters ? url.indexOf("?") : -1;
    if (start === -1) return;
    refuseUnknownParameters(new URLSearchParams(url.slice(start)), parameters ?? []);
  };
  const byAddress = (quota: RateLimiter | undefined, context: EdgeContext) => {
    if (!quota?.enabled) return;
    spend(quota, limiterKey(clientAddress(context, options.proxies)), context.env, options);
  };
  if (route.access === "public") {
    const quota = route.unlimited ? undefined : route.quota ?? options.publicQuota;
    return (context) => {
      context.env.route = path;
      byAddress(quota, context);
      checkQuery(context);
      return route.handle(context);
    };
  }
  const proceed = (context: EdgeContext, caller: Caller): Answer => {
    context.env.userId = caller.userId;
    if (route.quota.enabled) spend(route.quota, caller.userId, context.env, options);
    checkQuery(context);
    return route.handle(context, caller);
  };
  const refuse = (context: EdgeContext, error: unknown): never => {
    if (error instanceof ProblemError) byAddress(options.publicQuota, context);
    throw error;
  };
  return (context) => {
    context.env.route = path;
    let caller: Caller | Promise<Caller>;
    try {
      caller = options.authenticate(context.req.raw);
    } catch (error) {
      return refuse(context, error);
    }
    return caller instanceof Promise
      ? caller.then((known) => proceed(context, known), (error) => refuse(context, error))
      : proceed(context, caller);
  };
}

/** The address of the client that asks, as far as `proxies` can be believed. */
export function clientAddress(context: EdgeContext, proxies: TrustedProxies): string {
  return proxies.clientOf(context.env.peer, context.req.raw.headers.get("x-forwarded-for"));
}

/** What a refusal for want of quota names. */
interface Limit {
  readonly name: string;
  /** Value of the `RateLimit-Policy` field. */
  readonly policy: string;
}

/**
 * Takes `count` requests out of a quota, and notes for the answer what is left of it.
 *
 * @param options `again`: how many requests it takes to try all of this again, where that is more than `count`
 * @throws {RetryLater} `rate-limited` when there are too few; then none is taken
 */
export function spend(
  quota: RateLimiter,
  key: string,
  call: Call,
  options: Pick<MountOptions, "onLimited"> & { readonly count?: number; readonly again?: number },
): void {
  if (!quota.enabled) return;
  const take = quota.take(key, options.count);
  if (!take.allowed) {
    const { again } = options;
    const { seconds, remaining } = again === undefined ? take : quota.peek(key, again);
    throw rateLimited(quota, seconds, call, {
      onLimited: options.onLimited,
      remaining,
      ...(remaining > 0 ? { detail: tooManyAtOnce(remaining, seconds) } : {}),
    });
  }
  call.rateLimit = { policy: quota.policy, state: quota.state(take) };
}

function tooManyAtOnce(remaining: number, seconds: number): string {
  return `Too many at once: ${remaining} would be taken now, all of these ${whenInWords(seconds)}`;
}

/**
 * The refusal of a request that a limit allows in `seconds`; counted, and noted for the answer.
 *
 * @param options `detail`: what the client is told, where it is not that there were too many requests;
 *   `remaining`: how many requests the limit would allow now
 */
export function rateLimited(
  { name, policy }: Limit,
  seconds: number,
  call: Call,
  { onLimited, detail = tooOften(seconds), remaining = 0 }: Pick<MountOptions, "onLimited"> & {
    readonly detail?: string;
    readonly remaining?: number;
  },
): RetryLater {
  call.rateLimit = { policy, state: `"${name}";r=${remaining};t=${seconds}` };
  onLimited(name);
  return new RetryLater({ code: "rate-limited", detail }, seconds);
}
