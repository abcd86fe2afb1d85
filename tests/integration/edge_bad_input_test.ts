/** What is no good is refused with a problem, stores nothing, and never looks like an internal error. */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import { readState } from "../../dev/mod.ts";
import { assertProblem, freshName, groupOf, send, somebody } from "./_edge_client.ts";
import { until } from "./_until.ts";

const REFUSED = new Set([400, 413, 422]);

/** Every line that the edge's log has from `offset` bytes on. */
async function edgeLog(offset = 0): Promise<{ text: string; end: number }> {
  const stateFile = Deno.env.get("TEST_DEV_JSON");
  assert.ok(stateFile, "TEST_DEV_JSON names the file that describes the stack");
  const state = await readState(stateFile);
  assert.ok(state, `${stateFile} describes the stack`);
  const bytes = await Deno.readFile(`${state.dataDir}/logs/edge.log`);
  return { text: new TextDecoder().decode(bytes.subarray(offset)), end: bytes.length };
}

/** Runs `test`; fails when the edge logs an error during it. */
async function withoutErrors(test: () => Promise<void>): Promise<void> {
  const { end } = await edgeLog();
  await test();
  // Lines are written in order: when this request's is there, all of the test are.
  const id = (await send("GET", "/the/end/of/the/test")).headers.get("request-id") ?? "";
  let text = "";
  await until(async () => {
    ({ text } = await edgeLog(end));
    return text.includes(id);
  }, 5_000);
  assert.doesNotMatch(text, /"level":"(ERROR|FATAL)"/);
}

/** Strings that no field takes, or that none should choke on. */
const STRANGE = ["\0", "a\0b", "\ud800", "a\udc00b", "\u202e", "*", ">", "a b", "../x", "'--"];
/** Values that are no text. */
const NO_TEXT = [5, true, {}, { a: 1 }, [], ["a"], [["\0"]]];

Deno.test("strange bodies are refused wherever members, groups and accounts are concerned", async () => {
  await withoutErrors(async () => {
    const owner = await somebody();
    const id = await groupOf(owner);
    const { token } = owner;
    const name = "nobody-at-all";
    // Wrong passwords of one name would be refused as too many.
    const calls: [method: string, path: string, good: () => Record<string, unknown>][] = [
      ["POST", `/api/v1/groups/${id}/members`, () => ({ username: name, role: "member" })],
      ["PATCH", `/api/v1/groups/${id}/members/role`, () => ({ username: name, role: "member" })],
      ["POST", "/api/v1/groups", () => ({ name: "" })],
      ["PATCH", `/api/v1/groups/${id}`, () => ({ name: "" })],
      ["POST", "/api/v1/auth/register", () => ({ username: name, password: "short" })],
      ["POST", "/api/v1/auth/login", () => ({ username: freshName(), password: "wrong password" })],
      ["POST", "/api/v1/auth/refresh", () => ({ refresh_token: "none" })],
    ];
    for (const [method, path, good] of calls) {
      const bodies: unknown[] = [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "7",
        [good()],
        { ...good(), extra: 1 },
        { ...good(), "\0": 1 },
        { ...good(), "\ud800": 1 },
        `{"__proto__":{"role":"owner"},${JSON.stringify(good()).slice(1)}`,
        JSON.stringify(good()).replace('"', '"\ufeff'),
        new Uint8Array([0x7b, 0xff, 0x7d]),
      ];
      for (const field of Object.keys(good())) {
        for (const value of [...STRANGE, ...NO_TEXT]) bodies.push({ ...good(), [field]: value });
      }
      for (const body of bodies) {
        const answer = await send(method, path, { token, body });
        const what = `${method} ${path} ${JSON.stringify(body)}: ${answer.status}`;
        // Names of groups may look strange; all else is refused.
        if (path.startsWith("/api/v1/groups") && answer.status < 300) {
          const name = (body as { name?: unknown }).name;
          assert.ok(typeof name === "string" && name.isWellFormed() && !name.includes("\0"), what);
          continue;
        }
        assert.ok(answer.status >= 400 && answer.status < 500 && answer.status !== 429, what);
        assertProblem(answer, answer.status);
      }
    }
    const { body } = await send("GET", `/api/v1/groups/${id}`, { token });
    assert.equal(body.members.length, 1);
  });
});

Deno.test("a name that nobody can have is nobody's", async () => {
  await withoutErrors(async () => {
    const owner = await somebody();
    const id = await groupOf(owner);
    for (const username of [...STRANGE, "x".repeat(60_000), "ab", "\u212a\u212a\u212a"]) {
      const body = { username, role: "member" };
      for (const [method, path] of [["POST", "members"], ["PATCH", "members/role"]] as const) {
        const answer = await send(method, `/api/v1/groups/${id}/${path}`, {
          token: owner.token,
          body,
        });
        assertProblem(answer, 404, "not-found");
        assert.equal(answer.body.error, "user not found");
      }
    }
  });
});

Deno.test("commands that cannot be read or break a rule are refused and store nothing", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const good = { type: "todo.create", group_id, payload: { title: "x" } };
  let deep: unknown = "x";
  for (let i = 0; i < 20; i++) deep = { a: deep };
  const bodies: unknown[] = [
    "",
    "{",
    "no json",
    "[1,2",
    "null",
    "[]",
    '"text"',
    "12",
    new Uint8Array([0xff, 0xfe, 0x7b]),
    "[".repeat(60_000),
    deep,
    "x".repeat(1024 * 1024),
    { ...good, payload: { title: "x".repeat(1024 * 1024) } },
    { ...good, payload: { title: "x", description: "y".repeat(40_000) } },
    { ...good, payload: { title: 5 } },
    { ...good, payload: { title: "" } },
    { ...good, payload: { title: "x".repeat(501) } },
    { ...good, payload: { title: "two\nlines" } },
    { ...good, payload: { title: "\ud800" } },
    { ...good, payload: { title: "x", unknown: 1 } },
    { ...good, payload: [] },
    { ...good, payload: null },
    { ...good, unknown: 1 },
    { ...good, type: "todo.explode" },
    { ...good, type: 7 },
    { ...good, command_id: "not-a-uuid" },
    { ...good, command_id: crypto.randomUUID() },
    { ...good, command_id: newId().toUpperCase() },
    { ...good, expected_version: -1 },
    { ...good, expected_version: "1" },
    { ...good, actor: "somebody-else" },
    { type: "todo.create", payload: { title: "x" } },
    { action: "create-todo", group_id, title: "x", extra: true },
    { action: 5, group_id, title: "x" },
    { group_id: [group_id], title: "x" },
    { group_id, title: { text: "x" } },
    { group_id, title: "x".repeat(501) },
    { __proto__: null, constructor: 1 },
    `{"__proto__":{},${JSON.stringify(good).slice(1)}`,
    JSON.stringify(good).replace('{"title"', '{"__proto__":{"status":"done"},"title"'),
    { type: "batch", group_id, payload: { commands: [good], atomic: false } },
  ];
  const ids = [
    "a.b",
    "*",
    ">",
    "a b",
    "a/b",
    "../x",
    "$JS.API",
    "x".repeat(65),
    "ä",
    "a\r\nb",
    "\0",
  ];
  for (const id of ids) {
    bodies.push({ ...good, group_id: id }, { group_id: id, title: "x" });
    bodies.push({ ...good, payload: { todo_id: id, title: "x" } });
    bodies.push({ group_id, todo_id: id, title: "x" });
  }
  for (const body of bodies) {
    const answer = await send("POST", "/api/v1/command", { token: owner.token, body });
    const what = `${JSON.stringify(body)?.slice(0, 80)}: ${answer.status}`;
    assert.ok(REFUSED.has(answer.status), what);
    assertProblem(answer, answer.status);
  }
  const { body } = await send("GET", `/api/v1/todos?group_id=${group_id}`, { token: owner.token });
  assert.deepEqual(body.todos, []);
  assert.equal(body.version, 2, "the group is as it was created");
});

Deno.test("a body of 1 MB is too large on every endpoint that takes one", async () => {
  const owner = await somebody();
  const big = JSON.stringify({ name: "x".repeat(1024 * 1024) });
  for (const path of ["/api/v1/groups", "/api/v1/auth/login", "/api/v1/auth/register"]) {
    assertProblem(await send("POST", path, { token: owner.token, body: big }), 413, "too-large");
  }
});

Deno.test("strange ids in addresses are refused", async () => {
  const owner = await somebody();
  const ids = ["a.b", "*", ">", "a%20b", "a%2Fb", "%00", "x".repeat(65), "%F0%9F%94%91", "%ff"];
  for (const id of ids) {
    for (
      const path of [
        `/api/v1/groups/${id}`,
        `/api/v1/todos?group_id=${id}`,
        `/api/v1/todos/${id}?group_id=g`,
        `/api/v1/commands/${id}?group_id=g`,
      ]
    ) {
      assertProblem(await send("GET", path, { token: owner.token }), 400);
    }
    assertProblem(await send("DELETE", `/api/v1/groups/${id}`, { token: owner.token }), 400);
  }
});

Deno.test("what is not there answers 404, a method that is not taken 405 with what is", async () => {
  assertProblem(await send("GET", "/nothing/here"), 404, "not-found");
  assertProblem(await send("GET", "/assets/..%2f..%2fdeno.json"), 404);
  assertProblem(await send("GET", "/assets/none.js"), 404);
  const wrong = await send("PUT", "/api/v1/command", { body: {} });
  assertProblem(wrong, 405, "method-not-allowed");
  assert.equal(wrong.headers.get("allow"), "POST, OPTIONS");
  const groups = await send("DELETE", "/api/v1/groups");
  assert.equal(groups.status, 405);
  assert.match(groups.headers.get("allow") ?? "", /GET/);
});

Deno.test("every answer carries the security header fields and a request id", async () => {
  const owner = await somebody();
  const answers = [
    await send("GET", "/"),
    await send("GET", "/login"),
    await send("GET", "/app"),
    await send("GET", "/healthz"),
    await send("GET", "/nothing"),
    await send("GET", "/api/v1/groups"),
    await send("GET", "/api/v1/groups", { token: owner.token }),
    await send("POST", "/api/v1/command", { body: "{" }),
    await send("OPTIONS", "/api/v1/command"),
  ];
  for (const { headers, status } of answers) {
    assert.match(headers.get("strict-transport-security") ?? "", /max-age=\d{8}/, `${status}`);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/);
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
    assert.ok(headers.has("permissions-policy"));
    assert.match(headers.get("request-id") ?? "", /^[0-9a-f]{32}$/);
    assert.equal(headers.has("access-control-allow-origin"), false);
  }
});

Deno.test("a page's policy names the nonce its scripts carry, a new one each time", async () => {
  const nonces = new Set<string>();
  for (const path of ["/", "/login", "/app", "/app"]) {
    const { status, headers, text } = await send("GET", path);
    assert.equal(status, 200);
    const [, nonce = ""] = /'nonce-([^']+)'/.exec(headers.get("content-security-policy") ?? "") ??
      [];
    assert.ok(nonce.length >= 22);
    assert.ok(text.includes(`nonce="${nonce}"`));
    assert.doesNotMatch(text, /<script(?![^>]*nonce=)/);
    nonces.add(nonce);
  }
  assert.equal(nonces.size, 4);
});

Deno.test("a trace that its caller records goes through to the event", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const { body } = await send("POST", "/api/v1/command", {
    token: owner.token,
    headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
    body: { type: "todo.create", group_id, payload: { title: "Traced" } },
  });
  assert.equal(body.events[0]?.traceparent.split("-")[1], trace);
  const unsampled = await send("POST", "/api/v1/command", {
    token: owner.token,
    headers: { traceparent: `00-${trace}-b7ad6b7169203331-00` },
    body: { type: "todo.create", group_id, payload: { title: "Not recorded" } },
  });
  assert.equal(unsampled.status, 201);
  assert.equal(
    "traceparent" in (unsampled.body.events[0] ?? {}),
    false,
    "bytes that nobody looks up",
  );
  const problem = await send("GET", "/nothing", {
    headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
  });
  assert.equal(problem.body.trace_id, trace);
});

Deno.test("a field that is no text is pointed at, wherever it is sent", async () => {
  const { token } = await somebody();
  const calls: [path: string, body: object, pointer: string][] = [
    ["/api/v1/groups", { name: 5 }, "/name"],
    ["/api/v1/auth/refresh", { refresh_token: 5 }, "/refresh_token"],
    ["/api/v1/auth/login", { username: "ana", password: 5 }, "/password"],
  ];
  for (const [path, body, pointer] of calls) {
    const answer = await send("POST", path, { token, body });
    assertProblem(answer, 400, "malformed");
    assert.equal(answer.body.errors?.[0]?.pointer, pointer);
  }
});

Deno.test("a header field or a parameter that is wrong is named, wherever it is sent", async () => {
  const owner = await somebody();
  const { token } = owner;
  const group_id = await groupOf(owner);
  const title = "Flowers";
  const create = { type: "todo.create", group_id, payload: { title } };
  const list = { commands: [create] };
  const rename = { type: "group.rename", group_id, payload: { name: "x" } };
  const future = `0${(Date.now() + 3_600_000).toString(16)}`.replace(/^(.{8})(.{4})/, "$1-$2") +
    "-7000-8000-000000000000";
  const used = newId();
  await send("POST", "/api/v1/command", { token, body: { ...rename, command_id: used } });
  const asked: [field: string, value: string, path: string, body: object][] = [
    ["If-Match", "7", "/api/v1/command", create],
    ["If-Match", '"g1", "g2"', "/api/v1/command", create],
    ["If-Match", '"v7"', "/api/v1/command", rename],
    ["If-Match", '"g7"', "/api/v1/command", { ...create, expected_version: 1 }],
    ["If-Match", '"g1"', "/api/v1/commands", list],
    ["Idempotency-Key", "ä", "/api/v1/command", create],
    ["Idempotency-Key", "x".repeat(256), "/api/v1/groups", { name: "Home" }],
    ["Idempotency-Key", newId(), "/api/v1/command", { ...create, command_id: newId() }],
    ["Idempotency-Key", newId(), "/api/v1/commands", list],
    ["Idempotency-Key", future, "/api/v1/command", create],
    ["Idempotency-Key", "ä", "/api/tasks", { title }],
    ["Idempotency-Key", used, "/api/v1/command", create],
  ];
  for (const [field, value, path, body] of asked) {
    const answer = await send("POST", path, { token, body, headers: { [field]: value } });
    assert.ok([400, 412, 422].includes(answer.status), answer.text);
    assert.equal(answer.body.errors?.[0]?.header, field, answer.text);
  }
  const reads: [path: string, parameter: string][] = [
    ["/api/v1/todos", "group_id"],
    [`/api/v1/todos?group_id=${group_id}&cursor=x`, "cursor"],
    [`/api/v1/todos?group_id=${group_id}&min_version=x`, "min_version"],
    [`/api/v1/todos?group_id=${group_id}&min_version=999`, "min_version"],
    ["/api/v1/groups/a%20b", "group_id"],
    [`/api/v1/commands/x?group_id=${group_id}`, "command_id"],
    ["/api/tasks?page_size=x", "page_size"],
    ["/api/tasks?completed=x", "completed"],
    ["/events?group_id=a%20b", "group_id"],
  ];
  for (const [path, parameter] of reads) {
    const answer = await send("GET", path, { token });
    assertProblem(answer, path.endsWith("=999") ? 412 : 400);
    assert.equal(answer.body.errors?.[0]?.parameter, parameter, answer.text);
  }
});
