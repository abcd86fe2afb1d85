/**
 * What made-up requests are about: people, groups with todos, boards with tasks, and tokens; and the same again
 * for requests that put an end to things, so that the others find theirs to the last.
 */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import { setting } from "../support/eventually.ts";
import { addMember, groupOf, type Person, send, somebody } from "./_edge_client.ts";
import { addTask } from "./_security_cast.ts";

/** Values that stand for something, by the name of a property or parameter. */
export type Known = Readonly<Record<string, readonly string[]>>;

export interface FuzzScene {
  readonly tokens: readonly string[];
  /** For requests that leave things as they are, or change what can be changed again. */
  readonly known: Known;
  /** For requests that end something. */
  readonly doomed: Known;
}

const DOOMED_GROUPS = 12;
const DOOMED_TASKS = 30;
const DOOMED_SESSIONS = 8;

/** Values that mean something to everybody. */
const COMMON: Known = {
  // The document tells of each event's data, at its version.
  type: ["todo.created"],
  version: ["1.json"],
  code: ["version-conflict"],
  min_version: ["0", "1"],
  filter: ["!done & due<=today", "assignee:me | has:label", 'title:"A"'],
  sort: ["due,-priority", "-title"],
  q: ["a", "'"],
  tz: ["Europe/Berlin"],
  at: ["0", "2", "2026-11-22T00:00:00Z", "2999-01-01T00:00:00Z", "0000-01-01T00:00:00+23:59"],
  from: ["2026-11-22T00:00:00Z", "0001-01-01T00:00:00-23:59", "1990-12-31T23:59:60Z"],
  to: ["9999-12-31T23:59:59.1234567-12:00", "2999-01-01t00:00:00.5z"],
  action: ["create-todo", "Update-Todo", " DELETE-todo "],
  "If-Match": ['"1"', "*"],
  Prefer: ["respond-async", "wait=1"],
};

export async function newFuzzScene(): Promise<FuzzScene> {
  const owner = await somebody();
  const member = await somebody();
  const people = { user_id: [owner.userId, member.userId], username: [member.username] };
  const command_id = newId();
  const groups = [
    await groupWithTodo(owner, member, command_id),
    await groupWithTodo(owner, member),
  ];
  const doomed: string[] = [];
  for (let n = 0; n < DOOMED_GROUPS; n++) doomed.push(await groupWithTodo(owner, member));
  const tasksOn = async (board: number, count: number) => {
    const tasks: string[] = [];
    for (let n = 0; n < count; n++) tasks.push(`${await addTask(owner, board, `Task ${n}`)}`);
    return tasks;
  };
  const boards = { board_id: ["1", "2", "3"] };
  return {
    tokens: [owner.token, member.token],
    known: {
      ...COMMON,
      ...people,
      ...boards,
      todo_id: ["t"],
      group_id: groups,
      command_id: [command_id],
      task_id: await tasksOn(1_001, 3),
      name: [await assetName()],
      job_id: [await jobAbout(groups[0])],
    },
    doomed: {
      ...COMMON,
      ...people,
      todo_id: ["t"],
      group_id: doomed,
      task_id: await tasksOn(1_002, DOOMED_TASKS),
      session_id: await sessionsOf(owner),
    },
  };
}

/** A new group of `owner` with `member` and a todo "t", made by the command `command_id`. */
async function groupWithTodo(
  owner: Person,
  member: Person,
  command_id = newId(),
): Promise<string> {
  const group_id = await groupOf(owner);
  await addMember(owner, group_id, member);
  const { status, text } = await send("POST", "/api/v1/command", {
    token: owner.token,
    body: { type: "todo.create", command_id, group_id, payload: { title: "A", todo_id: "t" } },
  });
  assert.equal(status, 201, text);
  return group_id;
}

/** Ids of sessions of `person` other than the one of their token. */
async function sessionsOf({ username, password, token }: Person): Promise<string[]> {
  for (let n = 0; n < DOOMED_SESSIONS; n++) {
    const { status, text } = await send("POST", "/api/v1/auth/login", {
      body: { username, password },
    });
    assert.equal(status, 200, text);
  }
  const { text } = await send("GET", "/api/v1/auth/sessions", { token });
  const { sessions } = JSON.parse(text) as { sessions: { id: string; current: boolean }[] };
  return sessions.filter(({ current }) => !current).map(({ id }) => id);
}

/** Name of a file that the pages refer to. */
async function assetName(): Promise<string> {
  const { text } = await send("GET", "/app");
  const [, name] = /\/assets\/([^"]+)"/.exec(text) ?? [];
  assert.ok(name, text);
  return name;
}

/** Id of a job that checks the group. */
async function jobAbout(group_id = ""): Promise<string> {
  const { status, text } = await send(
    "POST",
    `/api/v1/admin/projection/check?group_id=${group_id}`,
    { token: setting("TEST_OPS_TOKEN") },
  );
  assert.equal(status, 202, text);
  return (JSON.parse(text) as { job_id: string }).job_id;
}
