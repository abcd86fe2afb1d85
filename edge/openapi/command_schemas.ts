/**
 * Schemas of commands in both dialects. The payloads are the very schemas that check commands; around them
 * is put what the envelope may hold for each. Todo-1M's dialect is read field by field, and the tests hold
 * its schemas against that.
 */
import * as v from "valibot";
import {
  BATCH_MAX_COMMANDS,
  EntityId,
  PAYLOADS,
  type SingleCommandType,
  UuidV7,
} from "../../actors/protocol/mod.ts";
import { anyCase, BLANK, trimmed } from "./_text_patterns.ts";
import { Version } from "./event_schemas.ts";
import { matching, TrimmedTitle } from "./request_schemas.ts";

const COMMAND_TYPES = Object.keys(PAYLOADS) as SingleCommandType[];
const NOT_IN_BATCH: ReadonlySet<SingleCommandType> = new Set(["group.create", "undo", "redo"]);

/** `todo.create` → `TodoCreate`. */
export function pascalCase(name: string): string {
  return name.split(/[._]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function listOf<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.minLength(1), v.maxLength(BATCH_MAX_COMMANDS));
}

function envelope(type: SingleCommandType | "batch", payload: v.GenericSchema) {
  return v.strictObject({
    command_id: v.exactOptional(UuidV7),
    type: v.literal(type),
    group_id: type === "group.create" ? v.exactOptional(EntityId) : EntityId,
    expected_version: v.exactOptional(Version),
    payload,
  });
}

const payloads = Object.fromEntries(
  COMMAND_TYPES.map((type) => [`${pascalCase(type)}Payload`, PAYLOADS[type]]),
);
const commands = Object.fromEntries(
  COMMAND_TYPES.map((type) => [`${pascalCase(type)}Command`, envelope(type, PAYLOADS[type])]),
);
const IN_BATCH = COMMAND_TYPES.filter((type) => !NOT_IN_BATCH.has(type));
const BatchItem = v.variant(
  "type",
  IN_BATCH.map((type) => v.strictObject({ type: v.literal(type), payload: PAYLOADS[type] })),
);
const BatchCommand = envelope(
  "batch",
  v.strictObject({
    atomic: v.exactOptional(v.literal(true)),
    commands: listOf(BatchItem),
  }),
);

/** Texts of Todo-1M's dialect are trimmed, and its actions taken in any case. */
const TrimmedId = matching(trimmed("[A-Za-z0-9_\\-]{1,64}"));
/** What stands for nothing in that dialect. */
const NOTHING = v.nullable(matching(BLANK));
const Todo1mCommand = v.union([
  v.strictObject({
    action: v.exactOptional(v.nullable(matching(anyCase(["", "create-todo"])))),
    group_id: TrimmedId,
    todo_id: v.exactOptional(v.union([TrimmedId, NOTHING])),
    title: TrimmedTitle,
  }),
  v.strictObject({
    action: matching(anyCase(["update-todo"])),
    group_id: TrimmedId,
    todo_id: TrimmedId,
    title: TrimmedTitle,
  }),
  v.strictObject({
    action: matching(anyCase(["delete-todo"])),
    group_id: TrimmedId,
    todo_id: TrimmedId,
    title: v.exactOptional(v.nullable(v.string())),
  }),
]);
const NativeCommand = v.variant("type", [...Object.values(commands), BatchCommand]);
/** A command of a list that is done as a whole: ids and versions are those of the list. */
const AtomicItem = v.variant(
  "type",
  IN_BATCH.map((type) =>
    v.strictObject({ type: v.literal(type), group_id: EntityId, payload: PAYLOADS[type] })
  ),
);
/** An item of a list in which each is judged by itself. */
const ListItem = v.union([
  NativeCommand,
  v.pipe(
    v.unknown(),
    v.description("Anything else: it is refused by itself, and its outcome tells why"),
  ),
]);

/** The bodies that `POST /api/v1/command` takes. */
export const COMMAND_SCHEMAS = {
  Command: v.union([NativeCommand, Todo1mCommand]),
  NativeCommand,
  CommandList: v.union([
    v.strictObject({ commands: listOf(ListItem), atomic: v.exactOptional(v.literal(false)) }),
    v.strictObject({ commands: listOf(AtomicItem), atomic: v.literal(true) }),
  ]),
  Todo1mCommand,
};

/** What native commands take, by name. */
export const PAYLOAD_SCHEMAS: Readonly<Record<string, v.GenericSchema>> = payloads;

/** The parts of native commands by name. */
export const COMMAND_PARTS: Readonly<Record<string, v.GenericSchema>> = {
  ...payloads,
  ...commands,
  AtomicItem,
  BatchItem,
  BatchCommand,
};
