/**
 * Opens streams: who asks, for which groups, from where; refuses before anything is sent. Session and room
 * are checked last, in the same turn in which the stream starts.
 */
import type { Access, Caller } from "./access.ts";
import type { Addresses } from "./addresses.ts";
import { attachGroups, type AttachingContext, streamsUnavailable } from "./attaching.ts";
import { Connection } from "./connection.ts";
import type {
  AttachedGroup,
  ConnectionContext,
  ConnectionOwner,
  Outlet,
} from "./connection_terms.ts";
import { lifetimeOf } from "./lifetime.ts";
import { limitFields } from "./limit_fields.ts";
import type { SeatGiver } from "./presence/mod.ts";
import { parseStreamRequest, refuseTokenInUrl } from "./request.ts";
import { type Exchange, ResponseOutlet, sendStreamHead } from "./server.ts";
import type { Streams } from "./streams.ts";

export interface OpeningContext extends AttachingContext {
  readonly access: Access;
  readonly addresses: Addresses;
  readonly streams: Streams;
  readonly connections: ConnectionContext;
  readonly presence: SeatGiver;
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
  refuseTokenInUrl(url.searchParams);
  const caller = await context.access.authenticate(request.headers.authorization, Date.now());
  const wanted = parseStreamRequest(url.searchParams, lastEventIdOf(request.headers), context);
  const address = context.addresses.of(request);
  const owner = { userId: caller.userId, address };
  const tellingLimits = (check: () => void) => telling(response, owner, { context, check });
  tellingLimits(() => checkRoom(owner, context));
  await attachGroups({ ...wanted, userId: caller.userId }, context, (groups) => {
    tellingLimits(() => checkAdmission(caller, address, context));
    if (response.socket === null || response.socket.destroyed) return false;
    if (request.method === "HEAD") {
      sendStreamHead(response, limitFields(context.streams.limitsOf(owner)));
      return false;
    }
    const connection = connect(response, caller, { address, context, groups });
    for (const groupId of wanted.presence) connection.sit(groupId, context.presence);
    context.opened(wanted.cursor === undefined ? "fresh" : "resume");
    return true;
  });
}

/** Runs `check`; the answer to who is refused by it tells the limits. */
function telling(
  response: Exchange["response"],
  owner: Pick<ConnectionOwner, "userId" | "address">,
  { context, check }: { readonly context: OpeningContext; readonly check: () => void },
): void {
  try {
    check();
  } catch (error) {
    const fields = limitFields(context.streams.limitsOf(owner));
    for (const [name, value] of Object.entries(fields)) response.setHeader(name, value);
    throw error;
  }
}

/** A function of its own, so that what lives as long as the stream holds nothing of its request. */
function connect(
  response: Exchange["response"],
  caller: Caller,
  options: Omit<AdmissionOptions, "outlet">,
): Connection {
  const { context, address } = options;
  const limits = context.streams.limitsOf({ userId: caller.userId, address });
  // With the stream that begins.
  const outlet = new ResponseOutlet(
    response,
    limitFields(limits.map((limit) => ({ ...limit, left: limit.left - 1 }))),
  );
  const connection = admit(caller, { ...options, outlet });
  outlet.serve(connection);
  return connection;
}

export interface AdmissionOptions {
  readonly outlet: Outlet;
  readonly address: string;
  readonly context: OpeningContext;
  readonly groups: readonly AttachedGroup[];
}

/** Begins the stream of a caller for whom {@link checkAdmission} has found room in this turn. */
export function admit(
  caller: Caller,
  { outlet, address, context, groups }: AdmissionOptions,
): Connection {
  const owner = ownerOf(caller, address, context);
  const connection = new Connection(owner, outlet, context.connections);
  context.streams.add(connection);
  connection.start(groups);
  return connection;
}

/**
 * Refuses a stream for which there is no room, or whose session has ended.
 *
 * @throws {ProblemError}
 */
export function checkAdmission(caller: Caller, address: string, context: OpeningContext): void {
  checkRoom({ ...caller, address }, context);
  context.access.checkSession(caller);
}

function lastEventIdOf(headers: Exchange["request"]["headers"]): string | undefined {
  const value = headers["last-event-id"];
  return typeof value === "string" ? value : undefined;
}

function checkRoom(
  owner: Pick<ConnectionOwner, "userId" | "address">,
  context: OpeningContext,
): void {
  if (context.isDraining()) throw streamsUnavailable();
  context.streams.checkRoom(owner);
}

function ownerOf(caller: Caller, address: string, context: OpeningContext): ConnectionOwner {
  const { now, random } = context.connections;
  const { lastsMs, endReason } = lifetimeOf({
    rotateMs: context.rotateMs,
    tokenLeftMs: caller.expiresAtMs - Date.now(),
  }, random());
  return {
    userId: caller.userId,
    sessionId: caller.sessionId,
    address,
    endsAtMs: now() + lastsMs,
    endReason,
  };
}
