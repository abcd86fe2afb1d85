/**
 * Todo-1M's calls as its own clients send them: nothing here knows more than its table of calls says.
 */
import assert from "node:assert/strict";
import {
  addMember,
  assertProblem,
  freshName,
  groupOf,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";
import type { Fields } from "./_edge_fields.ts";

async function command(person: Person, body: Record<string, unknown>) {
  return await send("POST", "/api/v1/command", { token: person.token, body });
}

async function titles(person: Person, groupId: string): Promise<string[]> {
  const { status, body } = await send("GET", `/api/v1/todos?group_id=${groupId}`, {
    token: person.token,
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body.todos.map((todo) => todo.title);
}

function assertSession(body: Fields, username: string): void {
  assert.equal(body.username, username);
  assert.equal(body.token, body.access_token);
  for (const field of ["token", "refresh_token", "user_id"] as const) {
    assert.equal(typeof body[field], "string");
  }
}

Deno.test("register answers 201 with a session, and its errors are Todo-1M's", async () => {
  const username = freshName();
  const password = "eight chars";
  const register = (body: unknown) => send("POST", "/api/v1/auth/register", { body });
  const created = await register({ username, password });
  assert.equal(created.status, 201);
  assertSession(created.body, username);
  assertProblem(await register("{"), 400);
  const cases: [unknown, number, string][] = [
    [{ password }, 400, "username is required"],
    [{ username: "  ", password }, 400, "username is required"],
    [{ username: freshName(), password: "short" }, 400, "password must be at least 8 characters"],
    [{ username, password }, 409, "username already exists"],
    [{ username: username.toUpperCase(), password }, 409, "username already exists"],
  ];
  for (const [body, status, error] of cases) {
    const refused = await register(body);
    assertProblem(refused, status);
    assert.equal(refused.body.error, error);
  }
});

Deno.test("a password of more than 72 bytes is as good as any", async () => {
  const username = freshName();
  const password = "long ".repeat(30);
  const created = await send("POST", "/api/v1/auth/register", { body: { username, password } });
  assert.equal(created.status, 201);
  const almost = `${password.slice(0, -1)}!`;
  const refused = await send("POST", "/api/v1/auth/login", {
    body: { username, password: almost },
  });
  assertProblem(refused, 401);
});

Deno.test("login answers 200 with a session, and 401 for a wrong password or an unknown user", async () => {
  const person = await somebody();
  const login = (username: string, password: string) =>
    send("POST", "/api/v1/auth/login", { body: { username, password } });
  const { status, body } = await login(person.username, person.password);
  assert.equal(status, 200);
  assertSession(body, person.username);
  for (
    const refused of [await login(person.username, "wrong password"), await login(freshName(), "x")]
  ) {
    assertProblem(refused, 401);
    assert.equal(refused.body.error, "invalid credentials");
  }
  assertProblem(await send("POST", "/api/v1/auth/login", { body: "no json" }), 400);
});

Deno.test("refresh answers a new pair, logout 204 for any token", async () => {
  const person = await somebody();
  const refresh = (body: unknown) => send("POST", "/api/v1/auth/refresh", { body });
  const logout = (body: unknown) => send("POST", "/api/v1/auth/logout", { body });
  const { status, body } = await refresh({ refresh_token: person.refreshToken });
  assert.equal(status, 200);
  assertSession(body, person.username);
  assert.notEqual(body.refresh_token, person.refreshToken);
  const missing = await refresh({});
  assertProblem(missing, 400);
  assert.equal(missing.body.error, "refresh_token is required");
  const unknown = await refresh({ refresh_token: "nonsense" });
  assertProblem(unknown, 401);
  assert.equal(unknown.body.error, "invalid refresh token");
  assert.equal((await logout({ refresh_token: body.refresh_token })).status, 204);
  assert.equal((await logout({ refresh_token: "nonsense" })).status, 204);
  assertProblem(await logout({}), 400);
  assertProblem(await refresh({ refresh_token: body.refresh_token }), 401);
});

Deno.test("a group is created by name and listed newest first with the role", async () => {
  const owner = await somebody();
  const first = await groupOf(owner, "First");
  const second = await groupOf(owner, "Second");
  const { status, body } = await send("GET", "/api/v1/groups", { token: owner.token });
  assert.equal(status, 200);
  assert.deepEqual(
    body.groups.map((group) => [group.group_id, group.group_name, group.role]),
    [[second, "Second", "owner"], [first, "First", "owner"]],
  );
  for (const name of ["", "   ", undefined]) {
    const refused = await send("POST", "/api/v1/groups", { token: owner.token, body: { name } });
    assertProblem(refused, 400);
    assert.equal(refused.body.error, "group name is required");
  }
  assertProblem(await send("GET", "/api/v1/groups"), 401);
});

Deno.test("only the owner deletes a group; afterwards it is gone from every list", async () => {
  const [owner, member, stranger] = await Promise.all([somebody(), somebody(), somebody()]);
  const id = await groupOf(owner);
  await addMember(owner, id, member);
  const remove = (person: Person) =>
    send("DELETE", `/api/v1/groups/${id}`, { token: person.token });
  assertProblem(await remove(member), 403);
  assertProblem(await remove(stranger), 404);
  assert.equal((await remove(owner)).status, 204);
  const { body } = await send("GET", "/api/v1/groups", { token: owner.token });
  assert.deepEqual(body.groups, []);
  assertProblem(await send("GET", `/api/v1/todos?group_id=${id}`, { token: owner.token }), 404);
});

Deno.test("members are added by name, as member unless said otherwise", async () => {
  const [owner, admin, member, other] = await Promise.all([
    somebody(),
    somebody(),
    somebody(),
    somebody(),
  ]);
  const id = await groupOf(owner);
  await addMember(owner, id, admin, "admin");
  await addMember(admin, id, member);
  const role = async (person: Person) =>
    (await send("GET", "/api/v1/groups", { token: person.token })).body.groups[0]?.role;
  assert.equal(await role(admin), "admin");
  assert.equal(await role(member), "member");
  const add = (person: Person, body: unknown) =>
    send("POST", `/api/v1/groups/${id}/members`, { token: person.token, body });
  for (const wrong of ["owner", "king"]) {
    const refused = await add(owner, { username: other.username, role: wrong });
    assertProblem(refused, 400);
    assert.equal(refused.body.error, "invalid role");
  }
  const unknown = await add(owner, { username: freshName() });
  assertProblem(unknown, 404);
  assert.equal(unknown.body.error, "user not found");
  assertProblem(await add(member, { username: other.username }), 403);
  assertProblem(await add(admin, { username: other.username, role: "admin" }), 403);
  assertProblem(await add(other, { username: other.username }), 404);
});

Deno.test("only the owner changes roles, and nobody demotes the owner", async () => {
  const [owner, admin, member] = await Promise.all([somebody(), somebody(), somebody()]);
  const id = await groupOf(owner);
  await addMember(owner, id, admin, "admin");
  await addMember(owner, id, member);
  const change = (person: Person, body: unknown) =>
    send("PATCH", `/api/v1/groups/${id}/members/role`, { token: person.token, body });
  assert.equal((await change(owner, { username: member.username, role: "admin" })).status, 204);
  assert.equal((await change(owner, { username: member.username, role: "member" })).status, 204);
  assertProblem(await change(admin, { username: member.username, role: "admin" }), 403);
  assertProblem(await change(admin, { username: owner.username, role: "member" }), 403);
  assertProblem(await change(owner, { username: member.username, role: "owner" }), 400);
  const outsider = await somebody();
  assertProblem(await change(owner, { username: outsider.username, role: "admin" }), 404);
});

Deno.test("a todo is created, updated and deleted with 202, and each is seen at once", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const created = await command(owner, { action: "create-todo", group_id, title: "Flowers" });
  assert.equal(created.status, 202);
  assert.equal(created.body.status, "accepted");
  assert.equal(created.body.todo_id, created.body.command_id);
  assert.equal(typeof created.body.version, "number");
  assert.deepEqual(await titles(owner, group_id), ["Flowers"]);
  const { todo_id } = created.body;
  const updated = await command(owner, {
    action: "  Update-TODO ",
    group_id,
    todo_id,
    title: "Roses",
  });
  assert.equal(updated.status, 202);
  assert.equal(updated.body.todo_id, todo_id);
  assert.deepEqual(await titles(owner, group_id), ["Roses"]);
  assert.equal((await command(owner, { action: "delete-todo", group_id, todo_id })).status, 202);
  assert.deepEqual(await titles(owner, group_id), []);
});

Deno.test("no action means create, and the client may choose the todo's id", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const plain = await command(owner, { group_id, title: "One" });
  assert.equal(plain.status, 202);
  const chosen = await command(owner, { action: "", group_id, todo_id: "my-todo_1", title: "Two" });
  assert.equal(chosen.status, 202);
  assert.equal(chosen.body.todo_id, "my-todo_1");
  assert.deepEqual(await titles(owner, group_id), ["Two", "One"]);
});

Deno.test("a listed todo has every field of Todo-1M's", async () => {
  const [owner, member] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  await addMember(owner, group_id, member);
  const { body: { todo_id } } = await command(member, { group_id, title: "Ours" });
  await command(owner, { action: "update-todo", group_id, todo_id, title: "Ours, edited" });
  const { body } = await send("GET", `/api/v1/todos?group_id=${group_id}`, { token: owner.token });
  const [todo] = body.todos;
  assert.ok(todo);
  assert.equal(todo.todo_id, todo_id);
  assert.equal(todo.group_id, group_id);
  assert.equal(todo.title, "Ours, edited");
  assert.equal(todo.created_by_user_id, member.userId);
  assert.equal(todo.created_by_username, member.username);
  assert.equal(todo.updated_by_user_id, owner.userId);
  assert.equal(todo.updated_by_username, owner.username);
  assert.ok(Date.parse(todo.created_at) <= Date.parse(todo.updated_at));
});

Deno.test("commands are refused with the texts of Todo-1M", async () => {
  const [owner, member, stranger] = await Promise.all([somebody(), somebody(), somebody()]);
  const group_id = await groupOf(owner);
  const elsewhere = await groupOf(owner, "Elsewhere");
  await addMember(owner, group_id, member);
  const { body: { todo_id } } = await command(owner, { group_id, title: "Mine" });
  const other = (await command(owner, { group_id: elsewhere, title: "There" })).body.todo_id;
  const cases: [Person, Record<string, unknown>, number, string?][] = [
    [owner, { title: "x" }, 400, "group_id is required"],
    [owner, { group_id }, 400, "title is required"],
    [owner, { group_id, title: "   " }, 400, "title is required"],
    [owner, { action: "update-todo", group_id, title: "x" }, 400, "todo_id is required"],
    [owner, { action: "delete-todo", group_id }, 400, "todo_id is required"],
    [owner, { action: "toggle-todo", group_id, todo_id, title: "x" }, 400, "unsupported action"],
    [
      owner,
      { action: "delete-todo", group_id, todo_id: other },
      400,
      "todo does not belong to group_id",
    ],
    [
      owner,
      { action: "update-todo", group_id, todo_id: "none", title: "x" },
      404,
      "todo not found",
    ],
    [member, { action: "update-todo", group_id, todo_id, title: "x" }, 403],
    [member, { action: "delete-todo", group_id, todo_id }, 403],
    [stranger, { group_id, title: "x" }, 404],
    [stranger, { action: "delete-todo", group_id, todo_id }, 404],
  ];
  for (const [person, body, status, error] of cases) {
    const refused = await command(person, body);
    assertProblem(refused, status);
    if (error !== undefined) assert.equal(refused.body.error, error);
    const isWhatToDo = refused.body.detail !== error || error.endsWith("is required");
    assert.ok(isWhatToDo, `"${error}" tells no person what to do`);
  }
  assertProblem(await send("POST", "/api/v1/command", { body: { group_id, title: "x" } }), 401);
  assert.deepEqual(await titles(owner, group_id), ["Mine"]);
});

Deno.test("the list takes a limit from 1 to 200 and silently means 50 otherwise", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  await Promise.all(
    Array.from({ length: 52 }, (_, i) => command(owner, { group_id, title: `Todo ${i}` })),
  );
  const count = async (limit: string) =>
    (await send("GET", `/api/v1/todos?group_id=${group_id}${limit}`, { token: owner.token }))
      .body.todos.length;
  assert.equal(await count(""), 50);
  assert.equal(await count("&limit=3"), 3);
  assert.equal(await count("&limit=200"), 52);
  for (const limit of ["0", "-1", "201", "many"]) assert.equal(await count(`&limit=${limit}`), 50);
});

Deno.test("the list needs a group of which the caller is a member", async () => {
  const [owner, stranger] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  const missing = await send("GET", "/api/v1/todos", { token: owner.token });
  assertProblem(missing, 400);
  assert.equal(missing.body.error, "group_id is required");
  assertProblem(await send("GET", `/api/v1/todos?group_id=${group_id}`), 401);
  const foreign = await send("GET", `/api/v1/todos?group_id=${group_id}`, {
    token: stranger.token,
  });
  assertProblem(foreign, 404);
});

Deno.test("the workspace is HTML with groups and todos; a foreign group selects none", async () => {
  const [owner, stranger] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner, "Workspace group");
  await command(owner, { group_id, title: "Shown <b>here</b>" });
  const own = await send("GET", `/ui/workspace?group_id=${group_id}`, { token: owner.token });
  assert.equal(own.status, 200);
  assert.match(own.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(own.text, /Workspace group/);
  assert.match(own.text, /Shown &lt;b>here|Shown &lt;b&gt;here/);
  const foreign = await send("GET", `/ui/workspace?group_id=${group_id}`, {
    token: stranger.token,
  });
  assert.equal(foreign.status, 200);
  assert.doesNotMatch(foreign.text, /Workspace group|Shown/);
  assertProblem(await send("GET", `/ui/workspace?group_id=${group_id}`), 401);
});

Deno.test("the texts of a missing and of a wrong token are Todo-1M's", async () => {
  const missing = await send("GET", "/api/v1/groups");
  assertProblem(missing, 401);
  assert.equal(missing.body.error, "missing bearer token");
  const wrong = await send("GET", "/api/v1/groups", { token: "a.b.c" });
  assertProblem(wrong, 401);
  assert.equal(wrong.body.error, "invalid token");
});

Deno.test("OPTIONS answers 204 and health answers without a token", async () => {
  assert.equal((await send("OPTIONS", "/api/v1/command")).status, 204);
  for (const path of ["/healthz", "/livez", "/readyz", "/health", "/metrics"]) {
    assert.equal((await send("GET", path)).status, 200, path);
  }
});
