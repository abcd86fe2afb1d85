/**
 * Schemas of what travels beside HTTP answers: frames of streams and messages on NATS. The integration
 * tests hold them against what a running system sends.
 */
import * as v from "valibot";
import {
  BATCH_MAX_COMMANDS,
  EntityId,
  Instant,
  PAYLOADS,
  type SingleCommandType,
  SYSTEM_ACTOR,
  UuidV7,
} from "../../actors/protocol/mod.ts";
import { SESSION_VERBS, type SessionEnd, USER_VERBS } from "../../actors/protocol/routing/mod.ts";
import { ANSWER_SCHEMAS } from "./answer_schemas.ts";
import { Version } from "./event_schemas.ts";
import { FRAME_SCHEMAS } from "./frame_schemas.ts";
import { SOCKET_SCHEMAS } from "./socket_schemas.ts";

const COMMAND_TYPES = Object.keys(PAYLOADS) as SingleCommandType[];

/** A command as it lies in a mailbox: with its sender and its id. */
function mailed<T extends string, P extends v.GenericSchema>(type: T, payload: P) {
  return v.strictObject({
    command_id: UuidV7,
    group_id: EntityId,
    actor: EntityId,
    expected_version: v.exactOptional(Version),
    type: v.literal(type),
    payload,
  });
}

/** What happens to an account or a session: CloudEvents 1.0 without names or addresses. */
function accountEvent(kind: string, verbs: readonly string[], data: v.ObjectEntries) {
  return v.object({
    specversion: v.literal("1.0"),
    id: v.string(),
    type: v.picklist(verbs.map((verb) => `com.todo1m.${kind}.${verb}`)),
    source: v.pipe(v.string(), v.regex(/^\/users\/[A-Za-z0-9_-]{1,64}$/)),
    subject: v.pipe(v.string(), v.regex(/^(users|sessions)\/[A-Za-z0-9_-]{1,64}$/)),
    time: Instant,
    datacontenttype: v.literal("application/json"),
    data: v.object(data),
  });
}

export const MESSAGE_SCHEMAS = {
  ...FRAME_SCHEMAS,
  ...SOCKET_SCHEMAS,
  MailboxCommand: v.variant("type", [
    ...COMMAND_TYPES.map((type) => mailed(type, PAYLOADS[type])),
    mailed(
      "batch",
      v.strictObject({
        commands: v.pipe(
          v.array(v.variant(
            "type",
            COMMAND_TYPES.map((type) =>
              v.strictObject({ type: v.literal(type), payload: PAYLOADS[type] })
            ),
          )),
          v.minLength(1),
          v.maxLength(BATCH_MAX_COMMANDS),
        ),
      }),
    ),
    v.strictObject({
      command_id: UuidV7,
      group_id: EntityId,
      actor: v.literal(SYSTEM_ACTOR),
      type: v.literal("reminder.fire"),
      payload: v.strictObject({ todo_id: EntityId, reminder_id: EntityId, at: Instant }),
    }),
  ]),
  SessionEnd: v.object({ user_id: EntityId, session_id: EntityId }) satisfies v.GenericSchema<
    unknown,
    SessionEnd
  >,
  UserEvent: accountEvent("user", USER_VERBS, {
    user_id: EntityId,
    changed: v.exactOptional(v.array(v.string())),
  }),
  SessionEvent: accountEvent("session", SESSION_VERBS, {
    user_id: EntityId,
    session_id: EntityId,
    reason: v.exactOptional(v.string()),
  }),
  TokenToCheck: v.strictObject({ token: v.string() }),
  TokenCheck: v.union([
    v.object({
      valid: v.literal(true),
      user_id: EntityId,
      session: EntityId,
      expires_at: Instant,
    }),
    v.object({ valid: v.literal(false), code: ANSWER_SCHEMAS.Problem.entries.code }),
    v.strictObject({ code: v.picklist(["unavailable", "internal"]) }),
  ]),
  UserDisconnect: v.object({ user_id: EntityId }),
};
