/** Schemas of what streams carry, whether as server-sent events or over WebSockets. */
import * as v from "valibot";
import { Column, EntityId, GroupName, Instant, Label } from "../../actors/protocol/mod.ts";
import { ANSWER_SCHEMAS } from "./answer_schemas.ts";
import { Count, Role, Todo, Version } from "./event_schemas.ts";

const Commit = v.pipe(v.array(ANSWER_SCHEMAS.Event), v.minLength(1));

export const FRAME_SCHEMAS = {
  Commit,
  Snapshot: v.object({
    id: EntityId,
    name: GroupName,
    version: Version,
    columns: v.array(Column),
    labels: v.array(Label),
    members: v.array(v.object({ user_id: EntityId, role: Role, joined_at: Instant })),
    todos: v.array(Todo),
  }),
  Reset: v.object({
    group_id: EntityId,
    reason: v.picklist([
      "unreadable-cursor",
      "other-epoch",
      "unknown-position",
      "membership",
      "too-far-behind",
      "log-changed",
    ]),
  }),
  Revoked: v.object({
    group_id: EntityId,
    reason: v.picklist(["member-removed", "group-deleted"]),
  }),
  Bye: v.object({
    reason: v.picklist([
      "rotated",
      "draining",
      "token-expired",
      "slow-reader",
      "disconnected",
      "revoked",
    ]),
    retry: v.picklist(["now", "back-off", "reauthenticate", "stop"]),
    cursor: v.string(),
    retry_ms: Count,
  }),
};
