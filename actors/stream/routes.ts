/** The streamer's small requests beside streams: tickets, presence, and the end of one's streams. */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import * as v from "valibot";
import { pause, type RateLimiter, tooOften } from "../platform/mod.ts";
import {
  check,
  EntityId,
  parseJson,
  ProblemError,
  refuseUnknownParameters,
} from "../protocol/mod.ts";
import type { Access, Caller } from "./access.ts";
import { ANSWER_MS, type Presence, PresenceState } from "./presence/mod.ts";
import { refuseTokenInUrl } from "./request.ts";
import type { Exchange, Routes } from "./server.ts";
import type { Tickets } from "./tickets.ts";

/** Longest body of a request. */
const BODY_MAX_BYTES = 4 * 1024;

const PresenceBody = v.strictObject({
  group_id: EntityId,
  state: PresenceState,
  todo_id: v.exactOptional(EntityId),
});

export interface RoutesContext {
  readonly access: Pick<Access, "authenticate">;
  readonly tickets: Pick<Tickets, "issue">;
  readonly presence: Pick<Presence, "say">;
  /** Per user. */
  readonly ticketQuota: RateLimiter;
  readonly messageQuota: RateLimiter;
  /** Ends all streams of a user, wherever they are. */
  disconnect(userId: string): void;
}

/** What answers these requests. */
export function smallRoutes(context: RoutesContext): Routes {
  const callerOf = ({ request, url }: Exchange): Promise<Caller> => {
    refuseTokenInUrl(url.searchParams);
    refuseUnknownParameters(url.searchParams, []);
    return context.access.authenticate(request.headers.authorization, Date.now());
  };
  const disconnect = async (exchange: Exchange) => {
    const { userId } = await callerOf(exchange);
    if (exchange.request.method !== "HEAD") context.disconnect(userId);
    answer(exchange, 204);
  };
  const ticket = async (exchange: Exchange) => {
    const caller = await callerOf(exchange);
    spend(context.ticketQuota, caller, exchange);
    answer(exchange, 201, await context.tickets.issue(caller, Date.now()));
  };
  const present = async (exchange: Exchange) => {
    const caller = await callerOf(exchange);
    spend(context.messageQuota, caller, exchange);
    const body = check(PresenceBody, await readObject(exchange.request));
    if (!body.ok) throw new ProblemError(body.problem);
    const { group_id, ...doing } = body.value;
    const saidMs = performance.now();
    if (!await context.presence.say(group_id, caller.userId, doing)) {
      // However soon it was known: strangers cannot tell whether somebody looks at the group.
      await pause(Math.max(0, saidMs + ANSWER_MS - performance.now()));
      throw notPresent(group_id);
    }
    answer(exchange, 204);
  };
  return {
    "/events/disconnect": { GET: disconnect, DELETE: disconnect },
    "/events/presence": { PUT: present },
    "/api/v1/tickets": { POST: ticket },
  };
}

/** Told whoever asks, members or not, of groups that are there or not. */
function notPresent(groupId: string): ProblemError {
  const detail =
    `Cannot be present in group "${groupId}": no stream of yours shows its presence; ` +
    "open one with presence=1, then say it again";
  const errors = [{ pointer: "/group_id", code: "not-followed", message: detail }];
  return new ProblemError({ code: "conflict", detail, errors });
}

function spend(quota: RateLimiter, { userId }: Caller, { response }: Exchange): void {
  if (!quota.enabled) return;
  const take = quota.take(userId);
  response.setHeader("ratelimit-policy", quota.policy).setHeader("ratelimit", quota.state(take));
  if (take.allowed) return;
  response.setHeader("retry-after", String(take.seconds));
  throw new ProblemError({
    code: "rate-limited",
    detail: tooOften(take.seconds),
  });
}

function answer({ response }: Exchange, status: number, body?: object): void {
  const text = body === undefined ? undefined : JSON.stringify(body);
  response.writeHead(status, {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(text === undefined ? {} : { "content-type": "application/json" }),
  });
  response.end(text);
}

async function readObject(request: IncomingMessage): Promise<object> {
  const value = parseJson(await readBody(request));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const detail = "The body must be a JSON object";
  const errors = [{ pointer: "", code: "malformed", message: detail }];
  throw new ProblemError({ code: "malformed", detail, errors });
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) {
      const detail = `The body is larger than ${BODY_MAX_BYTES} bytes`;
      throw new ProblemError({ code: "too-large", detail });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
