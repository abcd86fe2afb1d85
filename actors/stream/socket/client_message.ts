/** What clients may say on a WebSocket. Pure: text in, a checked message or a problem out. */
import * as v from "valibot";
import {
  check,
  EntityId,
  parseJson,
  type Problem,
  ProblemError,
  UuidV7,
} from "../../protocol/mod.ts";
import { PresenceState } from "../presence/mod.ts";
import type { MessageId } from "./wire.ts";

/** Longest id a client may give its message, longest token and cursor, in characters. */
const ID_MAX_CHARS = 64;
const TOKEN_MAX_CHARS = 4_096;
const CURSOR_MAX_CHARS = 8_192;
/** Most groups one message may name; how many a stream may follow is a setting. */
const GROUPS_MAX = 100;

const id = v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(ID_MAX_CHARS)));
const groupIds = v.pipe(v.array(EntityId), v.minLength(1), v.maxLength(GROUPS_MAX));
const token = v.pipe(v.string(), v.minLength(1), v.maxLength(TOKEN_MAX_CHARS));
const cursor = v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(CURSOR_MAX_CHARS)));

/** The messages by their `op`. */
const MESSAGES = {
  auth: v.strictObject({ op: v.literal("auth"), id, token }),
  sub: v.strictObject({
    op: v.literal("sub"),
    id,
    group_ids: groupIds,
    cursor,
    presence: v.exactOptional(v.boolean()),
  }),
  unsub: v.strictObject({ op: v.literal("unsub"), id, group_ids: groupIds }),
  cmd: v.strictObject({
    op: v.literal("cmd"),
    id,
    command: v.pipe(
      v.custom((value) => !Array.isArray(value), "must be an object"),
      v.record(v.string(), v.unknown()),
    ),
  }),
  presence: v.strictObject({
    op: v.literal("presence"),
    id,
    group_id: EntityId,
    state: PresenceState,
    todo_id: v.exactOptional(EntityId),
  }),
  ping: v.strictObject({ op: v.literal("ping"), id }),
} as const;

type Op = keyof typeof MESSAGES;
const Head = v.looseObject({ op: v.picklist(Object.keys(MESSAGES) as Op[]) });

export type ClientMessage = { [O in Op]: v.InferOutput<(typeof MESSAGES)[O]> }[Op];
export type CommandMessage = Extract<ClientMessage, { readonly op: "cmd" }>;

export type ParsedMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly problem: Problem; readonly id: MessageId };

/** Reads a message; what is none is told with a pointer to what is wrong, under its id if it has one. */
export function parseClientMessage(text: Uint8Array): ParsedMessage {
  let value: unknown;
  try {
    value = parseJson(text, "message");
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem, id: undefined };
    throw error;
  }
  const head = check(Head, value);
  if (!head.ok) return { ok: false, problem: head.problem, id: idOf(value) };
  const parsed = check<v.GenericSchema<unknown, ClientMessage>>(MESSAGES[head.value.op], value);
  return parsed.ok
    ? { ok: true, message: parsed.value }
    : { ok: false, problem: parsed.problem, id: idOf(value) };
}

/** The command's own id, if it has one that can be used. */
export function commandIdOf({ command }: Pick<CommandMessage, "command">): string | undefined {
  const { command_id: chosen } = command;
  return v.is(UuidV7, chosen) ? chosen : undefined;
}

function idOf(value: unknown): MessageId {
  const found = v.safeParse(v.looseObject({ id }), value);
  return found.success ? found.output.id : undefined;
}
