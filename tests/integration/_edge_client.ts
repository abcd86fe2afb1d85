/** A plain HTTP client of the edge for tests: every call answers status, header fields and parsed body. */
import assert from "node:assert/strict";
import type { Fields } from "./_edge_fields.ts";

const base = Deno.env.get("TEST_EDGE_URL") ?? "";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; without a field where it is none. */
  readonly body: Fields;
}

export interface Options {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON; text and bytes are sent as they are. */
  readonly body?: unknown;
}

/** Sends one request to the edge under test. */
export async function send(method: string, path: string, options: Options = {}): Promise<Answer> {
  assert.notEqual(base, "", "TEST_EDGE_URL names the edge under test");
  const { token, body } = options;
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(base + path, {
    method,
    redirect: "manual",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: raw ? body as BodyInit : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): Fields {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    // A page, or nothing: its text is there beside it.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return (typeof body === "object" && body !== null ? body : {}) as Fields;
}

export interface Person {
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly userId: string;
}

let people = 0;

/** A user name that nobody has. */
export function freshName(): string {
  return `p${Date.now().toString(36)}${(people++).toString(36)}${
    Math.random().toString(36).slice(2, 8)
  }`;
}

/** Registers somebody new. */
export async function somebody(): Promise<Person> {
  const username = freshName();
  const password = "correct horse battery";
  const { status, body, text } = await send("POST", "/api/v1/auth/register", {
    body: { username, password },
  });
  assert.equal(status, 201, text);
  return {
    username,
    password,
    token: body.token,
    refreshToken: body.refresh_token,
    userId: body.user_id,
  };
}

/** Makes a group of `owner` and answers its id. */
export async function groupOf(owner: Person, name = "Launch"): Promise<string> {
  const { status, body, text } = await send("POST", "/api/v1/groups", {
    token: owner.token,
    body: { name },
  });
  assert.equal(status, 201, text);
  return body.id;
}

/** Puts `person` into the group. */
export async function addMember(
  owner: Person,
  groupId: string,
  person: Person,
  role?: string,
): Promise<void> {
  const answer = await send("POST", `/api/v1/groups/${groupId}/members`, {
    token: owner.token,
    body: { username: person.username, ...(role ? { role } : {}) },
  });
  assert.equal(answer.status, 204, answer.text);
}

/** Checks that `answer` is an RFC 9457 problem with this status and code, and tells nothing internal. */
export function assertProblem(answer: Answer, status: number, code?: string): void {
  const told = answer.text;
  assert.equal(answer.status, status, told);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.type, `/problems/${answer.body.code}`);
  for (const field of ["title", "detail", "instance", "error"] as const) {
    assert.equal(typeof answer.body[field], "string", `${field} of ${told}`);
  }
  assert.doesNotMatch(told, /\bat \S+ \(|\.ts:\d+|select |postgres|nats:/i);
  if (code !== undefined) assert.equal(answer.body.code, code, told);
}
