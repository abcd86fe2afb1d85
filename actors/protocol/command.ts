/**
 * Every command of the group aggregate: one schema per command, the native envelope, and the form in
 * which a command lies in the mailbox. Unknown fields are refused; `null` clears an optional field.
 */
import * as v from "valibot";
import { fieldError } from "./_field_error.ts";
import { EntityId, UuidV7 } from "./ids.ts";
import { BATCH_MAX_COMMANDS, COLUMNS_PER_GROUP, LABELS_PER_GROUP } from "./limits.ts";
import type { Problem } from "./problem.ts";
import type { ReminderFireBody } from "./timer.ts";
import { Column, CommentText, GroupName, Label, TODO_FIELDS } from "./todo.ts";

const optionalTodoFields = {
  description: v.exactOptional(TODO_FIELDS.description),
  status: v.exactOptional(TODO_FIELDS.status),
  priority: v.exactOptional(TODO_FIELDS.priority),
  due: v.exactOptional(TODO_FIELDS.due),
  recurrence: v.exactOptional(TODO_FIELDS.recurrence),
  reminders: v.exactOptional(TODO_FIELDS.reminders),
  assignee: v.exactOptional(TODO_FIELDS.assignee),
  labels: v.exactOptional(TODO_FIELDS.labels),
  checklist: v.exactOptional(TODO_FIELDS.checklist),
};

/** Where a todo is put among its neighbours; at the end of the column when neither is given. */
const placement = { before: v.exactOptional(EntityId), after: v.exactOptional(EntityId) };

function oneNeighbour<T extends { readonly before?: string; readonly after?: string }>() {
  return v.check<T, string>(
    (value) => value.before === undefined || value.after === undefined,
    "must name a todo before or after, not both",
  );
}

const target = { todo_id: EntityId };

/** Payload schema of every native command a client may send, by type. */
export const PAYLOADS = {
  "group.create": v.strictObject({ name: GroupName }),
  "group.rename": v.strictObject({ name: GroupName }),
  "group.update_columns": v.strictObject({
    columns: v.pipe(v.array(Column), v.minLength(1), v.maxLength(COLUMNS_PER_GROUP)),
  }),
  "group.update_labels": v.strictObject({
    labels: v.pipe(v.array(Label), v.maxLength(LABELS_PER_GROUP)),
  }),
  "group.delete": v.strictObject({}),
  "group.restore": v.strictObject({}),
  "group.transfer": v.strictObject({ user_id: EntityId }),
  "member.add": v.strictObject({
    user_id: EntityId,
    role: v.optional(v.picklist(["admin", "member"]), "member"),
  }),
  "member.change_role": v.strictObject({
    user_id: EntityId,
    role: v.picklist(["admin", "member"]),
  }),
  "member.remove": v.strictObject({ user_id: EntityId }),
  "todo.create": v.pipe(
    v.strictObject({
      todo_id: v.exactOptional(EntityId),
      title: TODO_FIELDS.title,
      ...optionalTodoFields,
      ...placement,
    }),
    oneNeighbour(),
  ),
  "todo.update": v.pipe(
    v.strictObject({
      ...target,
      title: v.exactOptional(TODO_FIELDS.title),
      description: v.exactOptional(v.nullable(TODO_FIELDS.description)),
      status: v.exactOptional(TODO_FIELDS.status),
      completed: v.exactOptional(v.boolean()),
      priority: v.exactOptional(v.nullable(TODO_FIELDS.priority)),
      due: v.exactOptional(v.nullable(TODO_FIELDS.due)),
      recurrence: v.exactOptional(v.nullable(TODO_FIELDS.recurrence)),
      reminders: v.exactOptional(v.nullable(TODO_FIELDS.reminders)),
      assignee: v.exactOptional(v.nullable(TODO_FIELDS.assignee)),
      labels: v.exactOptional(v.nullable(TODO_FIELDS.labels)),
      checklist: v.exactOptional(v.nullable(TODO_FIELDS.checklist)),
    }),
    v.check((value) => Object.keys(value).length > 1, "must name at least one field to change"),
  ),
  "todo.complete": v.strictObject(target),
  "todo.reopen": v.strictObject(target),
  "todo.move": v.pipe(
    v.strictObject({ ...target, status: TODO_FIELDS.status, ...placement }),
    oneNeighbour(),
  ),
  "todo.delete": v.strictObject(target),
  "todo.restore": v.strictObject(target),
  "comment.add": v.strictObject({
    ...target,
    comment_id: v.exactOptional(EntityId),
    text: CommentText,
  }),
  "comment.edit": v.strictObject({ ...target, comment_id: EntityId, text: CommentText }),
  "comment.delete": v.strictObject({ ...target, comment_id: EntityId }),
  "undo": v.strictObject({ command_id: UuidV7 }),
  "redo": v.strictObject({ command_id: UuidV7 }),
} as const;

/** Types of the commands that stand alone or inside a `batch`. */
export type SingleCommandType = keyof typeof PAYLOADS;
export type CommandType = SingleCommandType | "batch";

/** A command's type with the payload that belongs to it. */
export type SingleCommandBody = {
  [T in SingleCommandType]: {
    readonly type: T;
    readonly payload: v.InferOutput<(typeof PAYLOADS)[T]>;
  };
}[SingleCommandType];

export interface BatchBody {
  readonly type: "batch";
  readonly payload: { readonly commands: readonly SingleCommandBody[] };
}

export type CommandBody = SingleCommandBody | BatchBody;

/** What a command carries around its body: who sent it, for which group, under which id. */
export interface CommandMeta {
  readonly command_id: string;
  readonly group_id: string;
  /** Id of the user who sent it; a timer's is `SYSTEM_ACTOR`. */
  readonly actor: string;
  /** Version the sender saw: of the todo the payload names, else of the group. */
  readonly expected_version?: number;
}

/** A user's command as it lies in the mailbox: the message's bytes are this object's JSON. */
export type Command = CommandMeta & CommandBody;

/** Whatever lies in the mailbox: a user's command or a timer's. */
export type MailboxCommand = Command | (CommandMeta & ReminderFireBody);

const Envelope = v.strictObject({
  command_id: v.exactOptional(UuidV7),
  type: v.picklist([...Object.keys(PAYLOADS) as SingleCommandType[], "batch"]),
  group_id: v.exactOptional(EntityId),
  expected_version: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  payload: v.record(v.string(), v.unknown()),
});
const Batch = v.strictObject({
  // A batch is one commit; the field is for clients that say so.
  atomic: v.exactOptional(v.literal(true, "must be true or left out: a batch is all or nothing")),
  commands: v.pipe(v.array(v.unknown()), v.minLength(1), v.maxLength(BATCH_MAX_COMMANDS)),
});
const BatchItem = v.strictObject({
  type: v.picklist(Object.keys(PAYLOADS) as SingleCommandType[]),
  payload: v.record(v.string(), v.unknown()),
});

/** A native command as a client sent it: checked, but without its sender. */
export type ParsedCommand =
  & { readonly command_id?: string; readonly group_id?: string; readonly expected_version?: number }
  & CommandBody;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Parses the native command envelope `{command_id?, type, group_id?, expected_version?, payload}`.
 *
 * @param input a JSON value from outside
 * @returns the typed command, or a `validation` problem that points at every wrong field
 */
export function parseCommand(input: unknown): Parsed<ParsedCommand> {
  const envelope = check(Envelope, input, "");
  if (!envelope.ok) return envelope;
  const { type, payload, ...meta } = envelope.value;
  const body = type === "batch" ? parseBatch(payload) : parseSingle(type, payload, "/payload");
  if (!body.ok) return body;
  return { ok: true, value: { ...definedOnly(meta), ...body.value } };
}

function parseSingle(
  type: SingleCommandType,
  payload: unknown,
  pointer: string,
): Parsed<SingleCommandBody> {
  const checked = check(PAYLOADS[type], payload, pointer);
  if (!checked.ok) return checked;
  // The schema that belongs to `type` made the payload, which the compiler cannot follow.
  return { ok: true, value: { type, payload: checked.value } as SingleCommandBody };
}

function parseBatch(payload: unknown): Parsed<BatchBody> {
  const list = check(Batch, payload, "/payload");
  if (!list.ok) return list;
  const commands: SingleCommandBody[] = [];
  for (const [index, entry] of list.value.commands.entries()) {
    const pointer = `/payload/commands/${index}`;
    const item = check(BatchItem, entry, pointer);
    if (!item.ok) return item;
    const { type } = item.value;
    if (type === "undo" || type === "redo" || type === "group.create") {
      return {
        ok: false,
        problem: {
          code: "validation",
          detail: `Cannot put "${type}" into a batch`,
          errors: [{ pointer: `${pointer}/type`, code: "picklist", message: "not in a batch" }],
        },
      };
    }
    const body = parseSingle(type, item.value.payload, `${pointer}/payload`);
    if (!body.ok) return body;
    commands.push(body.value);
  }
  return { ok: true, value: { type: "batch", payload: { commands } } };
}

/** Checks `input` against `schema`; a failure names each wrong field below `pointer` (RFC 6901). */
export function check<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  pointer = "",
): Parsed<v.InferOutput<S>> {
  const result = v.safeParse(schema, input);
  if (result.success) return { ok: true, value: result.output };
  const errors = result.issues.slice(0, 20).map((issue) => fieldError(issue, schema, pointer));
  // A name that is not known is often why another one is missing.
  const first = errors.find(({ code }) => code === "unknown-field") ?? errors[0];
  const where = first?.pointer ? `"${first.pointer.slice(1)}" ` : "";
  return {
    ok: false,
    problem: { code: "validation", detail: `${where}${first?.message ?? "is not valid"}`, errors },
  };
}

/** Drops keys whose value is `undefined`, as JSON would. */
function definedOnly<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]: Exclude<T[K], undefined> };
}
