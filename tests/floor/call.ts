/** One request to an edge; the answer's body as far as a flow looks into it. */
import assert from "node:assert/strict";
import * as v from "valibot";

const PATIENCE_MS = 10_000;

/** What flows read of bodies; other fields are ignored, and these may be missing. */
const Body = v.partial(v.object({
  access_token: v.string(),
  refresh_token: v.string(),
  user_id: v.string(),
  username: v.string(),
  id: v.union([v.string(), v.number()]),
  version: v.number(),
  code: v.string(),
  openapi: v.string(),
  asyncapi: v.string(),
  todos: v.array(v.object({ title: v.string() })),
}));

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: v.InferOutput<typeof Body>;
}

export interface CallOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Sends `body` with POST, or asks with GET where there is none. */
export async function call(url: string, options: CallOptions = {}): Promise<Reply> {
  const { token, headers, body } = options;
  const response = await fetch(url, {
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "") && text !== "";
  const { status } = response;
  return {
    status,
    headers: response.headers,
    text,
    body: isJson ? v.parse(Body, JSON.parse(text)) : {},
  };
}

/** Somebody who is signed in. */
export interface Person {
  readonly username: string;
  readonly token: string;
  readonly refreshToken: string;
}

export const PASSWORD = "correct horse battery";

/** Registers somebody new at the edge at `url`. */
export async function somebody(url: string): Promise<Person> {
  const username = `floor-${crypto.randomUUID().slice(0, 13)}`;
  const reply = await call(`${url}/api/v1/auth/register`, {
    body: { username, password: PASSWORD },
  });
  assert.equal(reply.status, 201, reply.text);
  return personOf(reply);
}

/** Signs in at the edge at `url`. */
export async function login(url: string, username: string, password = PASSWORD): Promise<Reply> {
  return await call(`${url}/api/v1/auth/login`, { body: { username, password } });
}

/** Who a session is for. */
export function personOf({ body, text }: Reply): Person {
  const { username, access_token, refresh_token } = body;
  assert.ok(username && access_token && refresh_token, text);
  return { username, token: access_token, refreshToken: refresh_token };
}

/** Makes a group of `owner` and answers its id. */
export async function groupOf(url: string, owner: Person): Promise<string> {
  const { status, text, body } = await call(`${url}/api/v1/groups`, {
    token: owner.token,
    body: { name: "Launch" },
  });
  assert.equal(status, 201, text);
  return String(body.id);
}

/** Makes a todo in the platform's own dialect. */
export async function createTodo(
  url: string,
  person: Person,
  todo: { readonly groupId: string; readonly title: string },
): Promise<Reply> {
  const body = { type: "todo.create", group_id: todo.groupId, payload: { title: todo.title } };
  return await call(`${url}/api/v1/command`, { token: person.token, body });
}

/** The titles in a group, read at a version if one is given. */
export async function titlesIn(
  url: string,
  person: Person,
  of: { readonly groupId: string; readonly minVersion?: number | undefined },
): Promise<readonly string[]> {
  const at = of.minVersion === undefined ? "" : `&min_version=${of.minVersion}`;
  const { status, text, body } = await call(`${url}/api/v1/todos?group_id=${of.groupId}${at}`, {
    token: person.token,
  });
  assert.equal(status, 200, text);
  return (body.todos ?? []).map(({ title }) => title);
}
