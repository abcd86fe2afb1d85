/**
 * The commands of Todo-1M's clients, `{action?, group_id, todo_id?, title}`: translated into native ones
 * on the way in, and their refusals into the texts those clients know on the way out.
 */
import { type CommandBody, type ParsedCommand, REFUSALS } from "../../actors/protocol/mod.ts";
import { malformed, onlyFields } from "../http/mod.ts";
import { checkedBody } from "./flat_problem.ts";

const TYPES = {
  "": "todo.create",
  "create-todo": "todo.create",
  "update-todo": "todo.update",
  "delete-todo": "todo.delete",
} as const;

/** A translated command, and the todo it names unless that is to be a new one. */
export interface Todo1mCommand {
  readonly native: ParsedCommand;
  readonly groupId: string;
  readonly todoId: string | undefined;
}

/**
 * Reads a command of that dialect.
 *
 * @throws {ProblemError} `malformed` with the texts of Todo-1M, `validation` for what breaks our rules
 */
export function parseTodo1m(body: unknown): Todo1mCommand {
  const fields = onlyFields(body, ["action", "group_id", "todo_id", "title"]);
  const groupId = textOf(fields.group_id, "group_id");
  const todoId = textOf(fields.todo_id, "todo_id");
  const title = textOf(fields.title, "title");
  const action = textOf(fields.action, "action").toLowerCase();
  if (groupId === "") throw malformed("group_id is required", "/group_id");
  if (!Object.hasOwn(TYPES, action)) throw malformed(REFUSALS.actionUnsupported, "/action");
  const type = TYPES[action as keyof typeof TYPES];
  if (type !== "todo.create" && todoId === "") throw malformed("todo_id is required", "/todo_id");
  if (type !== "todo.delete" && title === "") throw malformed("title is required", "/title");

  const payload = {
    ...(todoId === "" ? {} : { todo_id: todoId }),
    ...(type === "todo.delete" ? {} : { title }),
  };
  const native = checkedBody(type, payload, groupId);
  return { native, groupId, todoId: todoId || undefined };
}

/** The native command's body; a new todo without an id gets the command's, which clients rely on. */
export function bodyFor({ type, payload }: ParsedCommand, commandId: string): CommandBody {
  return type === "todo.create"
    ? { type, payload: { todo_id: commandId, ...payload } }
    : { type, payload } as CommandBody;
}

function textOf(value: unknown, name: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value.trim();
  throw malformed(`${name} must be a string`, `/${name}`);
}
