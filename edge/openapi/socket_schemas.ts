/**
 * Schemas of the messages of WebSockets, in both directions, and of presence. The integration tests hold
 * them against what a running streamer takes and sends.
 */
import * as v from "valibot";
import { EntityId, Instant } from "../../actors/protocol/mod.ts";
import { CommandRequest } from "../../actors/protocol/routing/mod.ts";
import { ANSWER_SCHEMAS } from "./answer_schemas.ts";
import { Count } from "./event_schemas.ts";
import { FRAME_SCHEMAS } from "./frame_schemas.ts";

const id = v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(64)));
const group_ids = v.pipe(v.array(EntityId), v.minLength(1), v.maxLength(100));
const state = v.picklist(["viewing", "editing"]);
const todo_id = v.exactOptional(EntityId);
const people = v.pipe(
  v.array(v.object({ user_id: EntityId, state, todo_id })),
  v.maxLength(200),
);
/** Without `users` the list stays as it was, but for those who are gone. */
const news = { group_id: EntityId, count: Count, users: v.exactOptional(people) };
const { Problem, CommittedCommand, AcceptedCommand } = ANSWER_SCHEMAS;

export const SOCKET_SCHEMAS = {
  Presence: v.object(news),
  SocketAuth: v.strictObject({ op: v.literal("auth"), id, token: v.string() }),
  SocketSub: v.strictObject({
    op: v.literal("sub"),
    id,
    group_ids,
    cursor: v.exactOptional(v.string()),
    presence: v.exactOptional(v.boolean()),
  }),
  SocketUnsub: v.strictObject({ op: v.literal("unsub"), id, group_ids }),
  SocketCommand: v.strictObject({
    op: v.literal("cmd"),
    id,
    command: v.record(v.string(), v.unknown()),
  }),
  SocketPresence: v.strictObject({
    op: v.literal("presence"),
    id,
    group_id: EntityId,
    state,
    todo_id,
  }),
  SocketPing: v.strictObject({ op: v.literal("ping"), id }),
  SocketEvent: v.object({
    op: v.literal("event"),
    cursor: v.string(),
    data: FRAME_SCHEMAS.Commit,
  }),
  SocketSnapshot: v.object({
    op: v.literal("snapshot"),
    cursor: v.string(),
    data: FRAME_SCHEMAS.Snapshot,
  }),
  SocketReset: v.object({ op: v.literal("reset"), ...FRAME_SCHEMAS.Reset.entries }),
  SocketRevoked: v.object({ op: v.literal("revoked"), ...FRAME_SCHEMAS.Revoked.entries }),
  SocketBye: v.object({ op: v.literal("bye"), ...FRAME_SCHEMAS.Bye.entries }),
  SocketNews: v.object({ op: v.literal("presence"), ...news }),
  SocketAck: v.object({
    op: v.literal("ack"),
    id,
    user_id: v.exactOptional(EntityId),
    expires_at: v.exactOptional(Instant),
    group_ids: v.exactOptional(group_ids),
    replayed: v.exactOptional(v.boolean()),
    outcome: v.exactOptional(v.union([CommittedCommand, AcceptedCommand])),
  }),
  SocketNack: v.object({
    op: v.literal("nack"),
    id,
    problem: Problem,
    command_id: v.exactOptional(v.string()),
    retry_after: v.exactOptional(Count),
  }),
  SocketPong: v.object({ op: v.literal("pong"), id }),
  CommandToSend: CommandRequest,
  CommandRefusal: v.object({
    problem: v.looseObject({ code: Problem.entries.code, detail: v.string() }),
    retry_after: v.exactOptional(Count),
  }),
  LocalPresence: v.object({ from: v.string(), count: Count, users: people }),
  PresenceSaid: v.object({ user_id: EntityId, state, todo_id }),
  StreamerAlive: v.object({ from: v.string() }),
};
