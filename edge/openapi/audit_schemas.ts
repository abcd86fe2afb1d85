/** Schemas of what audits answer. */
import * as v from "valibot";
import { EntityId, Instant, UuidV7 } from "../../actors/protocol/mod.ts";
import { Count } from "./event_schemas.ts";

function told<S extends v.GenericSchema>(schema: S, description: string) {
  return v.pipe(schema, v.description(description));
}

const version = told(Count, "The group's version after the event");
const time = told(Instant, "When it happened: when the mailbox took the command in");
const actor_user_id = told(EntityId, "Id of the user who caused it; system for timers");
const actor_username = told(
  v.string(),
  "Name of that user; (deleted) for accounts that are no more, empty for timers",
);
const type = told(v.string(), "Type of the event, such as todo.created");

const AuditEvent = v.object({
  event_id: told(v.string(), "Id of the event"),
  version,
  type,
  time,
  actor_user_id,
  actor_username,
  command_id: UuidV7,
  todo_id: told(
    v.exactOptional(EntityId),
    "The todo it is about; absent for the group and members",
  ),
  data: told(v.looseObject({}), "What happened; its form is at /schemas/{type}/1.json"),
});

const next_cursor = v.exactOptional(
  told(v.string(), "What to send as cursor for the next answer; absent in the last"),
);
const page = {
  group_id: EntityId,
  version: told(Count, "Version of the group that the answer shows"),
  events: told(v.array(AuditEvent), "The newest first"),
  next_cursor,
};

const Act = v.object({
  actor_user_id,
  actor_username,
  time,
  version,
  command_id: UuidV7,
  type,
});
const FieldBlame = v.object({
  ...Act.entries,
  from: told(v.exactOptional(v.unknown()), "The value before; absent where there was none"),
  to: told(v.exactOptional(v.unknown()), "The value since then; absent when it was cleared"),
});

const ChainHead = v.object({
  version: told(
    Count,
    "The group's version after the last message that was followed; 0 before any",
  ),
  sequence: told(Count, "Sequence of that message in its stream"),
  hash: told(
    v.pipe(v.string(), v.regex(/^([0-9a-f]{64})?$/)),
    "SHA-256 of its stored bytes, in hexadecimal; empty before any",
  ),
});
const ChainFault = v.object({
  kind: told(
    v.picklist(["unreadable", "prevhash", "version", "group", "sequence", "truncated", "head"]),
    "prevhash: the message is not the one that followed, so it, its header or the one before it was " +
      "changed, or some are missing; version: versions are missing or repeated; group: an event of another " +
      "group; sequence: out of place; unreadable: no commit; truncated: the log ends before a version that it " +
      "once held; head: not the message that was there when it was new",
  ),
  sequence: told(Count, "Sequence of the message at which the chain breaks"),
  version: told(Count, "Version of the group that was to come there"),
  expected: told(v.string(), "What was to be there"),
  found: told(v.string(), "What is there"),
});

export const AUDIT_SCHEMAS = {
  AuditEvent,
  AuditPage: v.object(page),
  Act,
  FieldBlame,
  TodoHistory: v.object({
    ...page,
    todo_id: EntityId,
    blame: v.exactOptional(told(
      v.object({
        fields: told(
          v.record(v.string(), FieldBlame),
          "The last change of each field that the todo has or had",
        ),
        deleted: v.exactOptional(told(Act, "Its deletion; absent while it is there")),
      }),
      "Who last set what; on the first page only",
    )),
  }),
  ChainHead,
  ChainFault,
  Verification: v.object({
    group_id: EntityId,
    valid: told(v.boolean(), "Whether all that has been followed so far is as it was written"),
    complete: told(v.boolean(), "Whether the end of the log was reached"),
    commits: told(Count, "Messages that were followed, those of the answers before included"),
    events: told(Count, "Events in them"),
    head: told(ChainHead, "The last message that was followed"),
    fault: v.exactOptional(told(ChainFault, "Where the chain breaks; absent while it holds")),
    read_model: v.exactOptional(told(
      v.object({
        version: told(Count, "Version up to which the read model holds the group"),
        events: told(
          Count,
          "Events that it holds up to the log's or its own version, the lesser one",
        ),
        agrees: told(v.boolean(), "Whether it has one for each of these versions"),
      }),
      "What the read model has of the group; only when complete",
    )),
    next_cursor,
  }),
};
