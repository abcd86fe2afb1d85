/**
 * Who may do what, at least one row for each operation of the API's document that needs a user. What is asked is what the
 * owner would ask about the owner's things, whoever asks it.
 */
import assert from "node:assert/strict";
import { freshName, send } from "./_edge_client.ts";
import { addTask, joinExtra, type Scene, type Things } from "./_security_cast.ts";
import { COMMAND_ROWS } from "./_security_commands.ts";
import { all, own, type Request, type Row, statuses } from "./_security_row.ts";

const update = ({ group, todo }: Pick<Things, "group" | "todo">) => ({
  type: "todo.update",
  group_id: group,
  payload: { todo_id: todo, description: `Changed ${freshName()}` },
});
const groupPath = ({ group }: Things): Request => ({ path: { group_id: group } });
const groupQuery = ({ group }: Things): Request => ({ query: { group_id: group } });
/** The past up to here, whatever has just happened. */
const FAR_AHEAD = "2999-01-01T00:00:00Z";
const task = ({ task }: Things): Request => ({ path: { task_id: task } });

/** Fails when the owner's other session is over. */
async function sessionGoesOn({ cast, things }: Scene): Promise<void> {
  const { text } = await send("GET", "/api/v1/auth/sessions", { token: cast.owner.token });
  assert.ok(text.includes(things.session), text);
}

/** By `operationId`; with several rows for one operation as `operationId what`. */
export const ROWS: Readonly<Record<string, Row>> = {
  // What counts is the refresh token alone, whatever access token comes along; an id is none.
  refresh: {
    ask: ({ session }) => ({ body: { refresh_token: session } }),
    statuses: all(401),
    after: sessionGoesOn,
  },
  logout: {
    ask: ({ session }) => ({ body: { refresh_token: session } }),
    statuses: all(204),
    after: sessionGoesOn,
  },
  listSessions: { ask: () => ({}), statuses: own(200) },
  endSession: {
    ask: ({ session }) => ({ path: { session_id: session } }),
    statuses: statuses(204, 404, 404, 404),
  },
  endOtherSessions: { ask: () => ({}), statuses: own(204), changesAccounts: true },
  readProfile: { ask: () => ({}), statuses: own(200) },
  changeProfile: {
    ask: (_things, _cast, { password }) => ({
      body: { current_password: password, username: freshName() },
    }),
    statuses: own(200),
    changesAccounts: true,
  },
  "changeProfile of another": {
    ask: (_things, { owner }) => ({
      body: { current_password: owner.password, username: freshName(), user_id: owner.userId },
    }),
    statuses: own(422),
  },
  deleteAccount: {
    ask: (_things, _cast, { password }) => ({ body: { password } }),
    statuses: own(204),
    changesAccounts: true,
  },

  listGroups: { ask: () => ({}), statuses: own(200), tells: true },
  createGroup: { ask: () => ({ body: { name: "Mine" } }), statuses: own(201) },
  readGroup: { ask: groupPath, statuses: statuses(200, 200, 200, 404), tells: true },
  renameGroup: {
    ask: (things) => ({ ...groupPath(things), body: { name: "Renamed" } }),
    statuses: statuses(200, 200, 403, 404),
  },
  deleteGroup: { ask: groupPath, statuses: statuses(204, 403, 403, 404) },
  addMember: {
    ask: (things, { extra }) => ({ ...groupPath(things), body: { username: extra.username } }),
    statuses: statuses(204, 204, 403, 404),
  },
  "addMember as admin": {
    ask: (things, { extra }) => ({
      ...groupPath(things),
      body: { username: extra.username, role: "admin" },
    }),
    statuses: statuses(204, 403, 403, 404),
  },
  "addMember oneself": {
    ask: (things, _cast, { username }) => ({
      ...groupPath(things),
      body: { username, role: "admin" },
    }),
    statuses: statuses(409, 403, 403, 404),
  },
  changeRole: {
    ask: (things, { extra }) => ({
      ...groupPath(things),
      body: { username: extra.username, role: "admin" },
    }),
    statuses: statuses(204, 403, 403, 404),
    before: joinExtra,
  },
  removeMember: {
    ask: ({ group }, { extra }) => ({ path: { group_id: group, user_id: extra.userId } }),
    statuses: statuses(204, 204, 403, 404),
    before: joinExtra,
  },

  ...COMMAND_ROWS,
  "sendCommand on the former admin's todo": {
    ask: ({ group, formerTodo }) => ({ body: update({ group, todo: formerTodo }) }),
    statuses: statuses(200, 200, 403, 404),
  },
  "sendCommand in Todo-1M's words": {
    ask: ({ group, todo }) => ({
      body: { action: "update-todo", group_id: group, todo_id: todo, title: freshName() },
    }),
    statuses: statuses(202, 202, 403, 404),
  },
  sendCommands: {
    ask: (things) => ({ body: { atomic: true, commands: [update(things)] } }),
    statuses: statuses(200, 200, 403, 404),
  },
  // Each command has an outcome of its own; the test sees that nothing was written.
  "sendCommands one by one": {
    ask: (things) => ({ body: { commands: [update(things)] } }),
    statuses: own(200),
  },
  readOutcome: {
    ask: ({ group, command }) => ({ path: { command_id: command }, query: { group_id: group } }),
    statuses: statuses(200, 200, 200, 404),
    tells: true,
  },
  listTodos: { ask: groupQuery, statuses: statuses(200, 200, 200, 404), tells: true },
  readTodo: {
    ask: (things) => ({ ...groupQuery(things), path: { todo_id: things.todo } }),
    statuses: statuses(200, 200, 200, 404),
    tells: true,
  },
  readTodoHistory: {
    ask: (things) => ({ ...groupQuery(things), path: { todo_id: things.todo } }),
    statuses: statuses(200, 200, 200, 404),
    tells: true,
  },
  // Members are shown what they have caused themselves, which here is nothing.
  listEvents: { ask: groupQuery, statuses: statuses(200, 200, 200, 404) },
  "listEvents of another": {
    ask: ({ group }, { owner }) => ({ query: { group_id: group, actor: owner.userId } }),
    statuses: statuses(200, 200, 403, 404),
  },
  verifyLog: { ask: groupQuery, statuses: statuses(200, 200, 200, 404) },
  exportLog: { ask: groupQuery, statuses: statuses(200, 200, 403, 404) },
  "listTodos chosen and ordered": {
    ask: ({ group }) => ({ query: { group_id: group, filter: "!done", sort: "title" } }),
    statuses: statuses(200, 200, 200, 404),
    tells: true,
  },
  // The former member was there at that time; who may look back is who is in the group now.
  "listTodos as they were": {
    ask: ({ group }) => ({ query: { group_id: group, at: FAR_AHEAD } }),
    statuses: statuses(200, 200, 200, 404),
    tells: true,
  },
  "readTodo as it was": {
    ask: ({ group, todo }) => ({
      query: { group_id: group, at: FAR_AHEAD },
      path: { todo_id: todo },
    }),
    statuses: statuses(200, 200, 200, 404),
    tells: true,
  },
  showWorkspace: { ask: groupQuery, statuses: own(200), tells: true },

  followGroups: { ask: groupQuery, statuses: statuses(200, 200, 200, 404) },
  followCluster: { ask: () => ({}), statuses: own(200) },
  endStreamsByGet: { ask: () => ({}), statuses: own(204) },
  endStreams: { ask: () => ({}), statuses: own(204) },
  issueTicket: { ask: () => ({}), statuses: own(201) },
  // What is said of a group counts for those alone who are present in it; who is not, member or not, is told so,
  // and nothing of the group.
  tellPresence: {
    ask: ({ group }) => ({ body: { group_id: group, state: "editing" } }),
    statuses: own(409),
  },

  // The number of a board is each user's own: under the owner's others find theirs, or nothing.
  listTasks: { ask: ({ board }) => ({ query: { board_id: board } }), statuses: own(200) },
  createTask: {
    ask: ({ board }) => ({ body: { board_id: board, title: "On my board", created_by: 1 } }),
    statuses: own(201),
  },
  readTask: { ask: task, statuses: statuses(200, 200, 200, 404), tells: true },
  updateTask: {
    ask: (things) => ({ ...task(things), body: { completed: true } }),
    statuses: statuses(200, 200, 403, 404),
  },
  deleteTask: {
    ask: task,
    statuses: statuses(204, 204, 403, 404),
    before: async ({ cast, things }) => ({
      task: await addTask(cast.owner, things.board, "To be deleted"),
    }),
  },
};

/** The `operationId` that the row `name` is about. */
export function operationOf(name: string): string {
  return name.split(" ")[0] ?? name;
}

/** Operations that anybody may ask, with or without a token, and why there is nothing to protect. */
export const FOR_ANYBODY: Readonly<Record<string, string>> = {
  register: "makes an account of one's own, in no group",
  login: "shows the password of the account it is about",
  readKeys: "public keys",
  openWebSocket: "tells nothing before the first message or ticket has said who it is",
  showStart: "a page without data",
  showLogin: "a page without data",
  showApp: "a page without data",
  showDocs: "the description of the API",
  readAsset: "scripts and styles",
  reportViolations: "takes reports of browsers, which have no token",
  explainProblem: "the description of the API",
  readOpenApi: "the description of the API",
  readAsyncApi: "the description of the API",
  readEventSchema: "the description of the API",
  isAlive: "probes say nothing of anybody",
  isHealthy: "probes say nothing of anybody",
  isReady: "probes say nothing of anybody",
  isThere: "probes say nothing of anybody",
  readMetrics: "numbers; in production for operators or on another port (D37)",
};
