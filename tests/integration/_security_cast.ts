/**
 * Who meets whose things in the tests of who may do what: an owner's group that holds a secret, an admin and a
 * member of it, a former admin, an owner of another group, and somebody without a token.
 */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import { addMember, freshName, groupOf, type Person, send, somebody } from "./_edge_client.ts";

/** From the least to the most: what the owner may do can be the end of the group. */
export const ROLES = ["anonymous", "other", "former", "member", "admin", "owner"] as const;
export type Role = typeof ROLES[number];
/** Those who have a token and no business in the group. */
export const OUTSIDERS: readonly Role[] = ["other", "former"];
export type Cast = Readonly<Record<Exclude<Role, "anonymous">, Person>> & {
  /** Whom others add, promote and remove. */
  readonly extra: Person;
};

/** What requests are about. */
export interface Things {
  readonly group: string;
  /** Made by the owner, as are the command that made it, the task and the session. */
  readonly todo: string;
  readonly command: string;
  /** The todo under its number, and the owner's number of the group. */
  readonly task: number;
  readonly board: number;
  readonly session: string;
  /** Made by the former admin. */
  readonly formerTodo: string;
}

export interface Scene {
  readonly cast: Cast;
  readonly things: Things;
  /** Only in names and titles of the group. */
  readonly secret: string;
}

export async function newCast(): Promise<Cast> {
  const [owner, admin, member, former, other, extra] = await Promise.all([
    somebody(),
    somebody(),
    somebody(),
    somebody(),
    somebody(),
    somebody(),
  ]);
  const elsewhere = await groupOf(other, "Elsewhere");
  await create(other, elsewhere, "Another's todo");
  return { owner, admin, member, former, other, extra };
}

/** Makes a group with its things, of an owner who has no other. */
export async function newScene(known: Cast): Promise<Scene> {
  const owner = await somebody();
  const cast = { ...known, owner };
  const { admin, member, former } = cast;
  const secret = `secret-${freshName()}`;
  const group = await groupOf(owner, secret);
  await addMember(owner, group, former, "admin");
  await addMember(owner, group, admin, "admin");
  await addMember(owner, group, member);
  const formers = await create(former, group, `${secret} of the former admin`);
  const removed = await send("DELETE", `/api/v1/groups/${group}/members/${former.userId}`, {
    token: owner.token,
  });
  assert.equal(removed.status, 204, removed.text);
  const board = 1;
  const task = await addTask(owner, board, secret);
  const { todo, command } = await create(owner, group, secret);
  const session = await login(owner);
  const things = { group, todo, command, task, board, session, formerTodo: formers.todo };
  return { cast, secret, things };
}

/** Puts the extra person into the group, as a member. */
export async function joinExtra({ cast, things }: Scene): Promise<void> {
  await addMember(cast.owner, things.group, cast.extra);
}

/** A new task of the owner's, as its number. */
export async function addTask({ token }: Person, board_id: number, title: string): Promise<number> {
  const { status, text } = await send("POST", "/api/tasks", {
    token,
    body: { board_id, title, created_by: 1 },
  });
  assert.equal(status, 201, text);
  return (JSON.parse(text) as { id: number }).id;
}

/** Things of the same kinds that do not exist. */
export function absentThings(): Things {
  return {
    group: newId(),
    todo: newId(),
    command: newId(),
    task: 999_999_999,
    board: 999_999_999,
    session: newId(),
    formerTodo: newId(),
  };
}

/** The version after one more command of the owner's: the next number, unless something else was written. */
export async function probe({ cast, things }: Scene): Promise<number> {
  const answer = await send("POST", "/api/v1/command", {
    token: cast.owner.token,
    body: { type: "todo.create", group_id: things.group, payload: { title: "Probe" } },
  });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.version;
}

async function create(person: Person, group_id: string, title: string) {
  const command_id = newId();
  const { status, body, text } = await send("POST", "/api/v1/command", {
    token: person.token,
    body: { type: "todo.create", command_id, group_id, payload: { title } },
  });
  assert.equal(status, 201, text);
  return { todo: body.events[0]?.data.todo.id ?? "", command: command_id };
}

/** Signs in once more and answers the new session's id. */
async function login({ username, password, token }: Person): Promise<string> {
  const signedIn = await send("POST", "/api/v1/auth/login", { body: { username, password } });
  assert.equal(signedIn.status, 200, signedIn.text);
  const { text } = await send("GET", "/api/v1/auth/sessions", { token });
  const { sessions } = JSON.parse(text) as { sessions: { id: string; current: boolean }[] };
  const session = sessions.find(({ current }) => !current);
  assert.ok(session, text);
  return session.id;
}
