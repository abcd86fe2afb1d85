/**
 * Who may send which command, one row for each type that the contract has. What the command is about is the
 * owner's, and new for each who asks where it can be used up.
 */
import assert from "node:assert/strict";
import { type CommandType, newId } from "../../actors/protocol/mod.ts";
import { send } from "./_edge_client.ts";
import { type Cast, joinExtra, type Scene, type Things } from "./_security_cast.ts";
import { type Row, statuses } from "./_security_row.ts";

interface Rule {
  readonly payload: (things: Things, cast: Cast) => object;
  readonly statuses: Row["statuses"];
  readonly before?: Row["before"];
}

const EVERY_MEMBER = statuses(201, 201, 201, 404);
const MODERATORS = statuses(200, 200, 403, 404);
const OWNER_ONLY = statuses(200, 403, 403, 404);
const COMMENT = "comment";

const todo = ({ todo }: Things) => ({ todo_id: todo });
const comment = ({ todo }: Things) => ({ todo_id: todo, comment_id: COMMENT });

/** Sends a command of the owner's; answers its id. */
async function byOwner({ cast, things }: Scene, type: CommandType, payload: object) {
  const command_id = newId();
  const { status, text } = await send("POST", "/api/v1/command", {
    token: cast.owner.token,
    body: { command_id, type, group_id: things.group, payload },
  });
  assert.ok(status < 300, `${type} ${text}`);
  return command_id;
}

/** A new todo of the owner's. */
async function newTodo(scene: Scene) {
  const id = newId();
  const command = await byOwner(scene, "todo.create", { todo_id: id, title: "Used up" });
  return { todo: id, command };
}

async function newComment(scene: Scene) {
  const made = await newTodo(scene);
  await byOwner(scene, "comment.add", { ...comment({ ...scene.things, ...made }), text: "x" });
  return made;
}

const RULES: Readonly<Record<CommandType, Rule>> = {
  "group.create": {
    payload: () => ({ name: "Again" }),
    // The group is there, and whose it is, is nobody's business.
    statuses: statuses(409, 409, 409, 409),
  },
  "group.rename": { payload: () => ({ name: "Renamed" }), statuses: MODERATORS },
  "group.update_columns": {
    payload: () => ({ columns: ["todo", "doing", "done"].map((id) => ({ id, title: newId() })) }),
    statuses: MODERATORS,
  },
  "group.update_labels": {
    payload: () => ({ labels: [{ id: "home", name: newId(), color: "#3b5bdb" }] }),
    statuses: MODERATORS,
  },
  "group.delete": { payload: () => ({}), statuses: OWNER_ONLY },
  "group.restore": { payload: () => ({}), statuses: OWNER_ONLY },
  "group.transfer": {
    payload: (_things, { member }) => ({ user_id: member.userId }),
    statuses: OWNER_ONLY,
  },
  "member.add": {
    payload: (_things, { extra }) => ({ user_id: extra.userId, role: "member" }),
    statuses: MODERATORS,
  },
  "member.change_role": {
    payload: (_things, { extra }) => ({ user_id: extra.userId, role: "admin" }),
    statuses: OWNER_ONLY,
    before: joinExtra,
  },
  "member.remove": {
    payload: (_things, { extra }) => ({ user_id: extra.userId }),
    statuses: MODERATORS,
    before: joinExtra,
  },
  "todo.create": { payload: () => ({ title: "New" }), statuses: EVERY_MEMBER },
  "todo.update": {
    payload: (things) => ({ ...todo(things), description: `Changed ${newId()}` }),
    statuses: MODERATORS,
  },
  "todo.complete": { payload: todo, statuses: MODERATORS, before: newTodo },
  "todo.reopen": {
    payload: todo,
    statuses: MODERATORS,
    before: async (scene) => {
      const made = await newTodo(scene);
      await byOwner(scene, "todo.complete", { todo_id: made.todo });
      return made;
    },
  },
  "todo.move": {
    payload: (things) => ({ ...todo(things), status: "doing" }),
    statuses: MODERATORS,
    before: newTodo,
  },
  "todo.delete": { payload: todo, statuses: MODERATORS, before: newTodo },
  "todo.restore": {
    payload: todo,
    statuses: MODERATORS,
    before: async (scene) => {
      const made = await newTodo(scene);
      await byOwner(scene, "todo.delete", { todo_id: made.todo });
      return made;
    },
  },
  "comment.add": {
    payload: (things) => ({ ...todo(things), text: "Seen" }),
    statuses: EVERY_MEMBER,
  },
  "comment.edit": {
    payload: (things) => ({ ...comment(things), text: "Put in another's mouth" }),
    statuses: MODERATORS,
    before: newComment,
  },
  "comment.delete": { payload: comment, statuses: MODERATORS, before: newComment },
  "undo": {
    payload: ({ command }) => ({ command_id: command }),
    statuses: MODERATORS,
    before: newTodo,
  },
  "redo": {
    payload: ({ command }) => ({ command_id: command }),
    statuses: MODERATORS,
    before: async (scene) => {
      const made = await newTodo(scene);
      await byOwner(scene, "undo", { command_id: made.command });
      return made;
    },
  },
  "batch": {
    payload: (things) => ({
      commands: [{ type: "todo.update", payload: { ...todo(things), description: newId() } }],
    }),
    statuses: MODERATORS,
  },
};

/** A row of `sendCommand` for each type. */
export const COMMAND_ROWS: Readonly<Record<string, Row>> = Object.fromEntries(
  Object.entries(RULES).map(([type, { payload, ...rule }]): [string, Row] => [
    `sendCommand ${type}`,
    {
      ...rule,
      ask: (things, cast) => ({
        body: { type, group_id: things.group, payload: payload(things, cast) },
      }),
    },
  ]),
);
