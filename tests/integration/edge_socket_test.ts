/** WebSockets through the edge: commands as over HTTP, tickets, and which pages may open one. */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import { groupOf, type Person, send, somebody } from "./_edge_client.ts";
import { OPENING, RawSocket } from "./_raw_socket.ts";
import { SocketClient, type SocketOptions } from "./_socket_client.ts";
import { until } from "./_until.ts";

const edge = { port: Number(new URL(Deno.env.get("TEST_EDGE_URL") ?? "").port) };
const streamer = { port: Number(new URL(Deno.env.get("TEST_STREAMER_URL") ?? "").port) };

async function signedIn(person: Person, at = edge): Promise<SocketClient> {
  const client = await SocketClient.open(at);
  const answer = await client.ask({ op: "auth", token: person.token });
  assert.equal(answer.op, "ack");
  assert.equal(answer["user_id"], person.userId);
  return client;
}

async function ticketOf({ token }: Person): Promise<string> {
  const { status, body } = await send("POST", "/api/v1/tickets", { token });
  assert.equal(status, 201);
  return body.ticket;
}

const todo = (group_id: string, title: string) => ({
  command_id: newId(),
  type: "todo.create",
  group_id,
  payload: { title },
});
const refused = (options: SocketOptions, at = edge) =>
  assert.rejects(SocketClient.open(at, options), /50[03]|40[013]/);

Deno.test("a command over a WebSocket has the outcome that it has over HTTP, and the event follows", async () => {
  const ana = await somebody();
  const group = await groupOf(ana);
  const client = await signedIn(ana);
  await client.ask({ op: "sub", group_ids: [group] });
  const command = todo(group, "Milk");
  const answer = await client.ask({ op: "cmd", command });
  assert.equal(answer.op, "ack", JSON.stringify(answer));
  const again = await send("POST", "/api/v1/command", { token: ana.token, body: command });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(answer["outcome"], again.body);
  assert.equal(answer["replayed"], false);
  const twice = await client.ask({ op: "cmd", command });
  assert.deepEqual([twice["replayed"], twice["outcome"]], [true, again.body]);
  await client.until(() => client.count("event") === 1, "the event");
  const { body } = await send("GET", `/api/v1/todos?group_id=${group}`, { token: ana.token });
  assert.deepEqual(body.todos.map(({ title }) => title), ["Milk"]);
  await client.close();
});

Deno.test("a command that HTTP refuses is refused over a WebSocket with the same problem", async () => {
  const ana = await somebody();
  const ben = await somebody();
  const group = await groupOf(ana);
  const theirs = await groupOf(ben);
  const client = await signedIn(ana);
  const commands = [
    todo(theirs, "Not mine"),
    todo(group, ""),
    { type: "todo.create", payload: { title: "No group" } },
    { type: "todo.fly", group_id: group, payload: {} },
    { ...todo(group, "Late"), expected_version: 77 },
    { type: "member.add", group_id: group, payload: { user_id: newId(), role: "member" } },
    { ...todo(group, "Other"), actor: ben.userId },
  ];
  for (const command of commands) {
    const answer = await client.ask({ op: "cmd", command });
    const options = { token: ana.token, body: command };
    const { body } = await send("POST", "/api/v1/command", options);
    assert.equal(answer.op, "nack", JSON.stringify(command));
    const problem = answer["problem"] as Record<string, unknown>;
    for (const field of ["code", "status", "detail", "errors", "version"] as const) {
      assert.deepEqual(problem[field], body[field], `${field} of ${JSON.stringify(command)}`);
    }
  }
  await client.close();
});

Deno.test("a ticket opens one WebSocket as who asked for it, and no other", async () => {
  const ana = await somebody();
  const ticket = await ticketOf(ana);
  const first = await SocketClient.open(edge, { ticket });
  await first.until(() => first.count("ack") === 1, "the answer");
  assert.equal(first.last("ack")?.["user_id"], ana.userId);
  for (const at of [edge, streamer]) {
    const second = await SocketClient.open(at, { ticket });
    await second.until(() => second.closed !== undefined, "the refusal");
    const problem = second.last("nack")?.["problem"] as { code: string };
    assert.equal(problem.code, "unauthenticated");
    assert.equal(second.closed?.reason, "unauthenticated");
  }
  await first.close();
});

Deno.test("a ticket is no access token, and an access token is no ticket", async () => {
  const ana = await somebody();
  const ticket = await ticketOf(ana);
  for (const path of ["/api/v1/groups", "/api/v1/tickets"]) {
    const method = path.endsWith("tickets") ? "POST" : "GET";
    assert.equal((await send(method, path, { token: ticket })).status, 401);
  }
  const client = await SocketClient.open(edge);
  assert.equal((await client.ask({ op: "auth", token: ticket })).op, "nack");
  await client.until(() => client.closed !== undefined, "the end");
  const other = await SocketClient.open(edge, { ticket: ana.token });
  await other.until(() => other.closed !== undefined, "the refusal");
  await refused({ ticket: `x&jwt=${ana.token}` });
  await refused({ ticket: `x&access_token=${ana.token}` }, streamer);
});

Deno.test("a page of another origin opens no WebSocket, at the edge or at the streamer", async () => {
  const ana = await somebody();
  const ticket = await ticketOf(ana);
  for (const origin of ["https://evil.example", "null", `http://127.0.0.1:${edge.port + 1}`]) {
    await refused({ headers: { origin }, ticket });
    await refused({ headers: { origin }, ticket }, streamer);
  }
  const own = `http://127.0.0.1:${edge.port}`;
  const client = await SocketClient.open(edge, { headers: { origin: own }, ticket });
  await client.until(() => client.count("ack") === 1, "the answer");
  await client.close();
});

Deno.test("a request for /ws that asks for no WebSocket is told what to ask for", async () => {
  const { status, headers, body } = await send("GET", "/ws");
  assert.deepEqual([status, body.status, headers.get("upgrade")], [426, 426, "websocket"]);
  assert.match(String(headers.get("content-type")), /problem\+json/);
});

/** The answer to a request for a WebSocket with `fields`, as a text that begins with the status. */
async function opening(fields: Readonly<Record<string, string>>, at = edge): Promise<string> {
  const raw = await RawSocket.open(at, { "Origin": `http://127.0.0.1:${at.port}`, ...fields });
  try {
    await until(() => /\r\n\r\n(.*\}|$)/s.test(raw.text), 5_000, () => raw.text);
    return raw.text.replace("HTTP/1.1 ", "");
  } finally {
    raw.close();
  }
}

/** {@link OPENING} without the field `name`. */
function without(name: keyof typeof OPENING): Record<string, string> {
  const { [name]: _, ...fields } = OPENING;
  return fields;
}

Deno.test("a request for a WebSocket that is not whole is refused as the streamer refuses it, and opens nothing", async () => {
  const cases: readonly (readonly [Record<string, string>, number])[] = [
    [OPENING, 101],
    [{ ...OPENING, "Connection": "keep-alive, upgrade", "Upgrade": "WebSocket" }, 101],
    [without("Connection"), 426],
    [{ ...OPENING, "Connection": "keep-alive" }, 426],
    [without("Upgrade"), 426],
    [without("Sec-WebSocket-Key"), 400],
    [{ ...OPENING, "Sec-WebSocket-Key": "short" }, 400],
    [without("Sec-WebSocket-Version"), 400],
    [{ ...OPENING, "Sec-WebSocket-Version": "12" }, 400],
  ];
  for (const [fields, expected] of cases) {
    const told = JSON.stringify(fields);
    const answer = await opening(fields);
    assert.equal(Number.parseInt(answer), expected, `${told} ${answer}`);
    assert.equal(Number.parseInt(await opening(fields, streamer)), expected, told);
    if (expected !== 101) assert.match(answer, /application\/problem\+json/i, told);
  }
  assert.match(
    await opening({ ...OPENING, "Sec-WebSocket-Version": "12" }),
    /\r\nsec-websocket-version: 13\r\n/i,
  );
});

Deno.test("HEAD opens no WebSocket", async () => {
  const { status } = await send("HEAD", "/ws", { headers: OPENING });
  assert.equal(status, 426);
});
