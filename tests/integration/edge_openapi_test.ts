/**
 * The API's document against the running product: it names every route that is served and no other, and
 * each answers, when it does what was asked and when it refuses, as the document says.
 */
import assert from "node:assert/strict";
import { connectNats, recordDeadLetter } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { OPERATIONS, type Place } from "../../edge/openapi/testing/mod.ts";
import { eventually, setting } from "../support/eventually.ts";
import { Api } from "./_api_document.ts";
import { freshName, groupOf, send, somebody } from "./_edge_client.ts";

const opsToken = Deno.env.get("TEST_OPS_TOKEN") ?? "";
const ABSENT = newId();

/** A path of the place with ids of nothing. */
function pathOf({ path }: Place): string {
  return path.replace("{type}", "todo.created").replace("{version}", "1.json")
    .replace(/\{(sequence|task_id)\}/, "999999999").replaceAll(/\{[^}]*\}/g, ABSENT);
}

Deno.test("the document names the routes that are served, and no other", async () => {
  const api = await Api.read();
  const documented = api.places.map(({ method, path }) => `${method} ${path}`);
  const described = Object.keys(OPERATIONS).map((name) => name.replace(/:([a-z_]+)/g, "{$1}"));
  assert.deepEqual([...documented].sort(), described.sort());
  for (const path of Object.keys(api.document.paths)) {
    const address = pathOf({ path } as Place);
    const { headers } = await send("OPTIONS", address);
    const served = (headers.get("allow") ?? "").split(", ")
      .filter((method) => method !== "HEAD" && method !== "OPTIONS");
    const told = Object.keys(api.document.paths[path] ?? {}).map((method) => method.toUpperCase());
    assert.deepEqual(served.sort(), told.sort(), path);
  }
  const ids = api.places.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length, "operation ids are unique");
});

Deno.test("the addresses of a group's members take exactly the methods that the document names", async () => {
  const { token } = await somebody();
  const members = `/api/v1/groups/${ABSENT}/members`;
  const cases: [path: string, allow: string][] = [
    [members, "POST, OPTIONS"],
    [`${members}/role`, "PATCH, OPTIONS"],
    [`${members}/${ABSENT}`, "DELETE, OPTIONS"],
  ];
  for (const [path, allow] of cases) {
    const { status, headers } = await send("OPTIONS", path);
    assert.deepEqual([status, headers.get("allow")], [204, allow], path);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await send(method, path, method === "GET" ? { token } : { token, body: {} });
      const isRefused = answer.status === 405;
      assert.equal(isRefused, !allow.includes(method), `${method} ${path}: ${answer.status}`);
      if (isRefused) assert.equal(answer.headers.get("allow"), allow);
    }
  }
});

Deno.test("what is asked without a token, or with a wrong one, is refused as the document says", async () => {
  const api = await Api.read();
  for (const place of api.places) {
    const needs = place.operation.security.flatMap((each) => Object.keys(each));
    if (!needs.includes("accessToken") && !needs.includes("opsToken")) continue;
    for (const token of [undefined, "not.a.token", "e30.e30.e30"]) {
      const answer = await api.send(place.method, pathOf(place), token ? { token } : {});
      assert.equal(answer.status, 401, `${place.method} ${place.path}`);
    }
  }
});

Deno.test("bodies that are none, too large or have unknown fields are refused as the document says", async () => {
  const api = await Api.read();
  const { token } = await somebody();
  for (const place of api.places) {
    const { method, operation: { requestBody } } = place;
    if (!requestBody) continue;
    const path = pathOf(place);
    for (const type of Object.keys(requestBody.content)) {
      const cases: (readonly [body: unknown, statuses: readonly number[]])[] = [
        ["{", [400]],
        ["[]", [400]],
        [{ there_is_no_such_field: 1 }, [400, 422]],
        [
          { type: "there.is.no.such.type", there_is_no_such_field: 1 },
          [type === "application/json" ? 422 : 400],
        ],
        ["x".repeat(70_000), [413]],
      ];
      if (requestBody.required) cases.push(["", [400]]);
      const headers = { "content-type": type };
      for (const [body, statuses] of cases) {
        const answer = await api.send(method, path, { token, body, headers });
        assert.ok(statuses.includes(answer.status), `${method} ${path} ${answer.status}`);
      }
    }
  }
});

Deno.test("what is not there, or not for the caller, is answered as the document says", async () => {
  const api = await Api.read();
  const { token } = await somebody();
  const theirs = await groupOf(await somebody());
  for (const { method, path, operation } of api.places) {
    if (!operation.security.some((each) => "accessToken" in each)) continue;
    if (operation.requestBody || operation.operationId === "followCluster") continue;
    if (operation.operationId === "deleteAccount") continue;
    for (const id of [ABSENT, theirs, "no id!", "%00", "a".repeat(100)]) {
      const address = path.replaceAll(/\{[^}]*\}/g, encodeURI(id));
      if (address.includes("%2500")) continue;
      for (const query of ["", `?group_id=${encodeURIComponent(id)}&min_version=x&cursor=x`]) {
        const answer = await api.send(method, address + query, { token });
        assert.ok(answer.status < 500, `${method} ${address}${query} ${answer.text}`);
      }
    }
  }
});

Deno.test("every operation succeeds as the document says", async () => {
  const api = await Api.read();
  await accounts(api);
  const owner = await somebody();
  const member = await somebody();
  const { token } = owner;
  const made = await api.send("POST", "/api/v1/groups", {
    token,
    body: { name: "Launch" },
    headers: { "idempotency-key": "a key of mine" },
  });
  const again = await api.send("POST", "/api/v1/groups", {
    token,
    body: { name: "Launch" },
    headers: { "idempotency-key": "a key of mine" },
  });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  const group = made.body.id;
  await api.send("PATCH", `/api/v1/groups/${group}`, { token, body: { name: "Start" } });
  const members = `/api/v1/groups/${group}/members`;
  await api.send("POST", members, { token, body: { username: member.username, role: null } });
  await api.send("POST", members, { token, body: { username: member.username } });
  await api.send("POST", members, { token, body: { username: freshName() } });
  await api.send("PATCH", `${members}/role`, {
    token,
    body: { username: member.username, role: "admin" },
  });
  await api.send("PATCH", `${members}/role`, {
    token: member.token,
    body: { username: owner.username, role: "member" },
  });
  await commands(api, token, group);
  await reads(api, token, group);
  await tasks(api, token);
  await streams(api, member.token, group);
  await operators(api, group);
  await api.send("DELETE", `${members}/${member.userId}`, { token });
  await api.send("DELETE", `/api/v1/groups/${group}`, { token });
  await api.send("DELETE", `/api/v1/groups/${group}`, { token });

  const silent = api.places.map(({ operation }) => operation.operationId)
    .filter((id) =>
      ![...api.seen].some((each) =>
        /^ (101|2..)$/.test(each.slice(id.length)) && each.startsWith(id)
      )
    );
  assert.deepEqual(silent, [], "each operation was seen to succeed");
});

async function accounts(api: Api): Promise<void> {
  const body = { username: freshName(), password: "correct horse battery" };
  const { body: { token } } = await api.send("POST", "/api/v1/auth/register", { body });
  await api.send("POST", "/api/v1/auth/register", { body });
  await api.send("POST", "/api/v1/auth/register", { body: { ...body, password: "short" } });
  await api.send("POST", "/api/v1/auth/login", { body: { ...body, password: "wrong" } });
  const { body: session } = await api.send("POST", "/api/v1/auth/login", { body });
  const { body: next } = await api.send("POST", "/api/v1/auth/refresh", {
    body: { refresh_token: session.refresh_token },
  });
  await api.send("POST", "/api/v1/auth/refresh", { body: { refresh_token: "none" } });
  await api.send("POST", "/api/v1/auth/logout", { body: { refresh_token: next.refresh_token } });
  await api.send("GET", "/.well-known/jwks.json");
  await api.send("GET", "/api/v1/users/me", { token });
  const { body: other } = await api.send("POST", "/api/v1/auth/login", { body });
  const { text } = await api.send("GET", "/api/v1/auth/sessions", { token });
  const { sessions } = JSON.parse(text) as { sessions: { id: string; current: boolean }[] };
  const ended = sessions.find(({ current }) => !current)?.id ?? "";
  await api.send("DELETE", `/api/v1/auth/sessions/${ended}`, { token });
  await api.send("DELETE", "/api/v1/auth/sessions", { token });
  assert.notEqual(other.token, token);
  const current_password = body.password;
  const me = "/api/v1/users/me";
  await api.send("PATCH", me, { token, body: { current_password: "wrong", username: "other" } });
  await api.send("PATCH", me, { token, body: { current_password } });
  await api.send("PATCH", me, { token, body: { current_password, username: freshName() } });
  await api.send("DELETE", me, { token, body: { password: "wrong" } });
  await api.send("DELETE", me, { token, body: { password: current_password } });
}

async function commands(api: Api, token: string, group_id: string): Promise<void> {
  const post = (body: object, headers: Record<string, string> = {}) =>
    api.send("POST", "/api/v1/command", { token, body, headers });
  const command_id = newId();
  const full = {
    todo_id: "full",
    title: "Full",
    description: "Every field",
    priority: 2,
    due: { date: "2027-02-01", time: "09:30", tz: "Europe/Berlin" },
    recurrence: { rule: "FREQ=WEEKLY;BYDAY=MO", anchor: "schedule" },
    reminders: [{ id: "soon", before_due_minutes: 10 }],
    checklist: [{ id: "one", text: "First", done: true }],
  };
  await post({ type: "todo.create", command_id, group_id, payload: full });
  await post({ type: "todo.create", command_id, group_id, payload: full });
  await post({ type: "todo.create", command_id, group_id, payload: { title: "Other" } });
  const native = (type: string, payload: object) => post({ type, group_id, payload });
  await native("comment.add", { todo_id: "full", comment_id: "k1", text: "Hello" });
  await native("comment.edit", { todo_id: "full", comment_id: "k1", text: "Hello!" });
  await native("todo.update", { todo_id: "full", title: "Fuller", description: null });
  await native("todo.complete", { todo_id: "full" });
  await native("todo.move", { todo_id: "full", status: "todo" });
  await native("todo.complete", { todo_id: "absent" });
  await native("todo.update", { todo_id: "full" });
  await native("undo", { command_id });
  await native("batch", { commands: [{ type: "todo.create", payload: { title: "Two" } }] });
  await post({ type: "todo.delete", group_id, expected_version: 1, payload: { todo_id: "full" } });
  const list = (body: object) => api.send("POST", "/api/v1/commands", { token, body });
  const create = { type: "todo.create", group_id, payload: { title: "One of many" } };
  await list({
    commands: [create, { type: "todo.delete", group_id, payload: { todo_id: "none" } }],
  });
  await list({ commands: [create, create], atomic: true });
  const old = await post({ group_id, title: "Old", todo_id: null });
  assert.equal(old.status, 202);
  await post({ action: "update-todo", group_id, todo_id: old.body.todo_id, title: "Older" });
  await post({ action: "delete-todo", group_id, todo_id: old.body.todo_id, title: "" });
  await post({ action: "delete-todo", group_id, todo_id: old.body.todo_id });
  await post({ action: "dance", group_id, title: "x" });
  const later = newId();
  const stored = await post(
    { type: "todo.create", group_id, command_id: later, payload: { title: "Later" } },
    { prefer: "respond-async" },
  );
  assert.equal(stored.status, 202);
  await api.send("GET", stored.headers.get("location") ?? "", { token });
  const outcome = `/api/v1/commands/${command_id}?group_id=${group_id}`;
  await api.send("GET", outcome, { token });
}

async function reads(api: Api, token: string, group_id: string): Promise<void> {
  await api.send("GET", "/api/v1/groups", { token });
  const paths = [
    `/api/v1/groups/${group_id}`,
    `/api/v1/todos?group_id=${group_id}&limit=1`,
    `/api/v1/todos/full?group_id=${group_id}`,
    `/api/v1/todos/full/history?group_id=${group_id}`,
    `/api/v1/audit?group_id=${group_id}&type=todo.&limit=3`,
  ];
  for (const path of paths) {
    const { headers } = await api.send("GET", path, { token });
    const etag = headers.get("etag") ?? "";
    const same = await api.send("GET", path, { token, headers: { "if-none-match": etag } });
    assert.equal(same.status, 304);
    const join = path.includes("?") ? "&" : "?";
    const ahead = await api.send("GET", `${path}${join}min_version=999999`, { token });
    assert.equal(ahead.status, 412);
  }
  await api.send("GET", `/api/v1/audit/verify?group_id=${group_id}`, { token });
  await api.send("GET", `/api/v1/audit/export?group_id=${group_id}`, { token });
  const described = [
    "/openapi.json",
    "/asyncapi.json",
    "/schemas/todo.created/1.json",
    "/problems/not-found",
  ];
  for (const path of described) {
    const { headers } = await api.send("GET", path);
    const etag = headers.get("etag") ?? "";
    assert.equal((await api.send("GET", path, { headers: { "if-none-match": etag } })).status, 304);
  }
  await api.send("GET", "/schemas/todo.created/2.json");
  await api.send("GET", "/problems/none");
  for (const path of ["/", "/login", "/app", "/docs", "/livez", "/healthz", "/health"]) {
    await api.send("GET", path);
  }
  const [, asset = ""] = /href="(\/assets\/[^"]+)"/.exec((await send("GET", "/login")).text) ?? [];
  for (const path of [asset, "/assets/none.js", "/readyz", "/metrics"]) await api.send("GET", path);
  await api.send("GET", `/ui/workspace?group_id=${group_id}`, { token });
  const { requestBody } = api.placeOf("POST", "/csp-reports")?.operation ?? {};
  for (const [type, { example: body }] of Object.entries(requestBody?.content ?? {})) {
    await api.send("POST", "/csp-reports", { body, headers: { "content-type": type } });
  }
}

async function tasks(api: Api, token: string): Promise<void> {
  const board_id = 1_000_000 + Math.floor(Math.random() * 1e9);
  const { text } = await api.send("POST", "/api/tasks", {
    token,
    body: { board_id, title: "A task", created_by: 7 },
  });
  const path = `/api/tasks/${(JSON.parse(text) as { id: number }).id}`;
  await api.send("GET", path, { token });
  await api.send("PUT", path, { token, body: { completed: true, description: "Done" } });
  await api.send("GET", `/api/tasks?board_id=${board_id}&completed=true`, { token });
  await api.send("GET", "/api/tasks?page=x", { token });
  await api.send("DELETE", path, { token });
  await api.send("DELETE", path, { token });
}

/** Streams have no end: only their head is looked at. */
async function streams(api: Api, token: string, group: string): Promise<void> {
  for (const path of [`/events?group_id=${group}`, "/sse/cluster-info"]) {
    const answer = await fetch(setting("TEST_EDGE_URL").replace(/\/$/, "") + path, {
      headers: { authorization: `Bearer ${token}` },
    });
    await answer.body?.cancel();
    api.judge("GET", path, { status: answer.status, headers: answer.headers, text: "" });
  }
  await api.send("GET", "/events", { token });
  await api.send("GET", "/events/disconnect", { token });
  await api.send("DELETE", "/events/disconnect", { token });
  const body = { group_id: group, state: "editing" };
  await api.send("PUT", "/events/presence", { token, body });
  const present = await fetch(
    `${setting("TEST_EDGE_URL").replace(/\/$/, "")}/events?group_id=${group}&presence=1`,
    { headers: { authorization: `Bearer ${token}` } },
  );
  await api.send("PUT", "/events/presence", { token, body });
  await api.send("PUT", "/events/presence", { token, body: { ...body, state: "away" } });
  await present.body?.cancel();
  const { body: { ticket } } = await api.send("POST", "/api/v1/tickets", { token });
  await api.send("GET", "/ws");
  await api.send("GET", "/ws?token=x");
  const socket = new WebSocket(
    `${setting("TEST_EDGE_URL").replace(/^http/, "ws").replace(/\/$/, "")}/ws?ticket=${ticket}`,
  );
  const first = await new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
  assert.equal(JSON.parse(String(first)).op, "ack");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  api.seen.add("openWebSocket 101");
}

async function operators(api: Api, group: string): Promise<void> {
  const token = opsToken;
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  const subject = groupSubject("command", group);
  try {
    for (const sequence of [1, 2]) {
      await recordDeadLetter(connection, {
        subject,
        stream: "CMD-0",
        sequence: 1_000_000_000 + sequence,
        data: new TextEncoder().encode(JSON.stringify({
          command_id: newId(),
          group_id: group,
          actor: "nobody",
          type: "todo.create",
          payload: { title: "x" },
        })),
        error: new Error("A test says so"),
        tries: 1,
        process: "test",
      });
    }
  } finally {
    await connection.close();
  }
  const path = "/api/v1/admin/dead-letters";
  const { text } = await api.send("GET", `${path}?subject=${subject}&limit=1`, { token });
  assert.match(text, /next_cursor/);
  const all = await api.send("GET", `${path}?subject=${subject}`, { token });
  const { dead_letters: [a, b] } = JSON.parse(all.text) as { dead_letters: { sequence: number }[] };
  await api.send("GET", `${path}/${a?.sequence}`, { token });
  await api.send("POST", `${path}/${a?.sequence}/replay`, { token });
  await api.send("DELETE", `${path}/${b?.sequence}`, { token });
  await api.send("DELETE", `${path}/${b?.sequence}`, { token });
  await api.send("GET", `${path}?limit=0`, { token });
  await api.send("GET", "/api/v1/admin/partitions", { token });
  await api.send("GET", "/api/v1/admin/partitions?partition=x", { token });
  await projectionJobs(api, token);
}

/** Asks for jobs about the read model and cancels them; those of other tests go first. */
async function projectionJobs(api: Api, token: string): Promise<void> {
  const path = "/api/v1/admin/projection";
  for (const job of ["rebuild", "check?group_id=nobody"]) {
    let id = "";
    await eventually(
      async () => {
        const { status, body } = await api.send("POST", `${path}/${job}`, { token });
        id = body.job_id;
        return status === 202;
      },
      "a job to be taken",
      60_000,
    );
    await api.send("POST", `${path}/${job}`, { token });
    await api.send("GET", `${path}/jobs/${id}`, { token });
    await api.send("DELETE", `${path}/jobs/${id}`, { token });
  }
  await api.send("GET", `${path}/jobs`, { token });
  await api.send("GET", `${path}/jobs/${crypto.randomUUID()}`, { token });
  await api.send("POST", `${path}/rebuild?force=1`, { token });
}
