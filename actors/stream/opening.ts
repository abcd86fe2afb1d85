/**
 * Opens a stream: who asks, for which groups, from where; refuses before anything is sent. The order
 * matters: groups are attached before their position is read; session and membership are checked last.
 */
import { ProblemError } from "../protocol/mod.ts";
import type { Access, Caller } from "./access.ts";
import type { Addresses } from "./addresses.ts";
import { Connection, type ConnectionContext, type ConnectionOwner } from "./connection.ts";
import type { GroupFeed } from "./feed.ts";
import type { Feeds } from "./feeds.ts";
import { parseStreamRequest, refuseTokenInUrl } from "./request.ts";
import { type Start, startOf } from "./resume.ts";
import { type Exchange, ResponseOutlet, sendStreamHead } from "./server.ts";
import type { Streams } from "./streams.ts";

export interface OpeningContext {
  readonly access: Access;
  readonly addresses: Addresses;
  readonly feeds: Feeds;
  readonly streams: Streams;
  readonly connections: ConnectionContext;
  readonly epoch: { readonly current: string };
  readonly maxGroups: number;
  readonly rotateMs: number;
  /** Whether new streams are refused because the process is about to end. */
  isDraining(): boolean;
  opened(reason: "fresh" | "resume"): void;
}

/**
 * Answers `GET /events` with a stream, and `HEAD` with the head of one.
 *
 * @throws {ProblemError} when the request is refused; nothing has been sent then
 */
export async function openStream(exchange: Exchange, context: OpeningContext): Promise<void> {
  const { request, response, url } = exchange;
  const { streams, connections } = context;
  refuseTokenInUrl(url.searchParams);
  const caller = await context.access.authenticate(request.headers.authorization, Date.now());
  const wanted = parseStreamRequest(url.searchParams, lastEventIdOf(request.headers), context);
  const address = context.addresses.of(request);
  checkRoom({ ...caller, address }, context);
  const feeds = await acquireAll(wanted.groupIds, context.feeds);
  let started = false;
  try {
    const starts = feeds.map((feed) => startOf(wanted.cursor, feed.groupId, context.epoch.current));
    await Promise.all(feeds.map((feed, index) => reach(feed, starts[index])));
    // From here on nothing waits: what is checked holds when the stream starts.
    checkRoom({ ...caller, address }, context);
    context.access.checkSession(caller);
    if (!feeds.every((feed) => feed.isReady)) throw unavailable();
    if (feeds.some((feed) => feed.view.refusal(caller.userId))) throw noGroup();
    if (response.socket === null || response.socket.destroyed) return;
    if (request.method === "HEAD") return sendStreamHead(response);
    const owner = ownerOf(caller, address, context);
    const connection = connect(exchange.response, owner, connections);
    started = true;
    streams.add(connection);
    context.opened(wanted.cursor === undefined ? "fresh" : "resume");
    connection.start(feeds.map((feed, index) => ({
      feed,
      start: starts[index] ?? { kind: "snapshot" },
    })));
  } finally {
    if (!started) { for (const feed of feeds) context.feeds.release(feed); }
  }
}

/** A function of its own, so that what lives as long as the stream holds nothing of its request. */
function connect(
  response: Exchange["response"],
  owner: ConnectionOwner,
  context: ConnectionContext,
): Connection {
  const connection = new Connection(owner, new ResponseOutlet(response), context);
  response.on("drain", () => connection.drained());
  response.on("close", () => connection.gone());
  return connection;
}

function lastEventIdOf(headers: Exchange["request"]["headers"]): string | undefined {
  const value = headers["last-event-id"];
  return typeof value === "string" ? value : undefined;
}

function checkRoom(
  owner: Pick<ConnectionOwner, "userId" | "address">,
  context: OpeningContext,
): void {
  if (context.isDraining()) throw unavailable();
  context.streams.checkRoom(owner);
}

/** The feeds of all `groupIds`, or none of them. */
async function acquireAll(groupIds: readonly string[], feeds: Feeds): Promise<GroupFeed[]> {
  const results = await Promise.allSettled(groupIds.map((groupId) => feeds.acquire(groupId)));
  const acquired = results.flatMap((each) =>
    each.status === "fulfilled" && each.value ? [each.value] : []
  );
  if (acquired.length === groupIds.length) return acquired;
  for (const feed of acquired) feeds.release(feed);
  const failure = results.find((each) => each.status === "rejected");
  throw failure ? unavailable(failure.reason) : noGroup();
}

/** A reader may come from a streamer that was ahead of this one: looks into the log once. */
async function reach(feed: GroupFeed, start: Start | undefined): Promise<void> {
  if (start?.kind !== "resume" || start.position.sequence <= feed.view.head.sequence) return;
  try {
    await feed.catchUp({ attempts: 2 });
  } catch (cause) {
    throw unavailable(cause);
  }
}

function ownerOf(caller: Caller, address: string, context: OpeningContext): ConnectionOwner {
  const { now, random } = context.connections;
  const rotateInMs = context.rotateMs * (1 + random() / 2);
  const tokenLeftMs = Math.max(0, caller.expiresAtMs - Date.now());
  return {
    userId: caller.userId,
    sessionId: caller.sessionId,
    address,
    endsAtMs: now() + Math.min(rotateInMs, tokenLeftMs),
    endReason: tokenLeftMs <= rotateInMs ? "token-expired" : "rotated",
  };
}

function noGroup(): ProblemError {
  return new ProblemError({ code: "not-found", detail: "No such group, or not one of yours" });
}

function unavailable(cause?: unknown): ProblemError {
  return new ProblemError(
    { code: "unavailable", detail: "Streams are not available at this moment" },
    { cause },
  );
}
