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
  Title,
  UuidV7,
} from "../../actors/protocol/mod.ts";
import { Version } from "./event_schemas.ts";

const COMMAND_TYPES = Object.keys(PAYLOADS) as SingleCommandType[];
const NOT_IN_BATCH: ReadonlySet<SingleCommandType> = new Set(["group.create", "undo", "redo"]);

/** `todo.create` → `TodoCreate`. */
export function pascalCase(name: string): string {
  return name.split(/[._]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
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
const BatchItem = v.variant(
  "type",
  COMMAND_TYPES.filter((type) => !NOT_IN_BATCH.has(type)).map((type) =>
    v.strictObject({ type: v.literal(type), payload: PAYLOADS[type] })
  ),
);
const BatchCommand = envelope(
  "batch",
  v.strictObject({
    atomic: v.exactOptional(v.literal(true)),
    commands: v.pipe(v.array(BatchItem), v.minLength(1), v.maxLength(BATCH_MAX_COMMANDS)),
  }),
);

/** What stands for nothing in Todo-1M's dialect. */
const NOTHING = v.nullable(v.literal(""));
const Todo1mCommand = v.union([
  v.strictObject({
    action: v.exactOptional(v.nullable(v.picklist(["", "create-todo"]))),
    group_id: EntityId,
    todo_id: v.exactOptional(v.union([EntityId, NOTHING])),
    title: Title,
  }),
  v.strictObject({
    action: v.literal("update-todo"),
    group_id: EntityId,
    todo_id: EntityId,
    title: Title,
  }),
  v.strictObject({
    action: v.literal("delete-todo"),
    group_id: EntityId,
    todo_id: EntityId,
    title: v.exactOptional(v.nullable(v.string())),
  }),
]);
const NativeCommand = v.variant("type", [...Object.values(commands), BatchCommand]);

/** The bodies that `POST /api/v1/command` takes. */
export const COMMAND_SCHEMAS = {
  Command: v.union([NativeCommand, Todo1mCommand]),
  NativeCommand,
  CommandList: v.strictObject({
    commands: v.pipe(v.array(NativeCommand), v.minLength(1), v.maxLength(BATCH_MAX_COMMANDS)),
    atomic: v.exactOptional(v.boolean()),
  }),
  Todo1mCommand,
};

/** What native commands take, by name. */
export const PAYLOAD_SCHEMAS: Readonly<Record<string, v.GenericSchema>> = payloads;

/** The parts of native commands by name. */
export const COMMAND_PARTS: Readonly<Record<string, v.GenericSchema>> = {
  ...payloads,
  ...commands,
  BatchItem,
  BatchCommand,
};
