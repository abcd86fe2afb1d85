/** One's own account over HTTP: looking at it, changing it, deleting it with all that follows. */
import assert from "node:assert/strict";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import {
  addMember,
  type Answer,
  assertProblem,
  freshName,
  groupOf,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";
import { post, posted, spawnEdge, status } from "./_edge_process.ts";
import { assertStopped, openStream } from "./_open_stream.ts";
import { until } from "./_until.ts";

const ME = "/api/v1/users/me";
/** Longest wait for a deleted account to leave its groups. */
const PATIENCE_MS = 10_000;

function change(person: Person, body: unknown): Promise<Answer> {
  return send("PATCH", ME, { token: person.token, body });
}

function login(username: string, password: string): Promise<Answer> {
  return send("POST", "/api/v1/auth/login", { body: { username, password } });
}

function refresh(refresh_token: string): Promise<Answer> {
  return send("POST", "/api/v1/auth/refresh", { body: { refresh_token } });
}

async function deleteAccount(person: Person): Promise<void> {
  const { token, password } = person;
  const answer = await send("DELETE", ME, { token, body: { password } });
  assert.equal(answer.status, 204, answer.text);
}

/** The members of a group as `person` sees them, with their roles. */
async function membersOf(groupId: string, person: Person): Promise<Record<string, string>> {
  const { body } = await send("GET", `/api/v1/groups/${groupId}`, { token: person.token });
  return Object.fromEntries(body.members.map(({ username, role }) => [username, role]));
}

async function withTables<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connectPostgres(Deno.env.get("TEST_DATABASE_URL") ?? "", { name: "test", max: 1 });
  try {
    return await run(sql);
  } finally {
    await sql.end();
  }
}

Deno.test("the profile tells the account of the token, and nothing secret", async () => {
  const person = await somebody();
  const { status, text } = await send("GET", ME, { token: person.token });
  assert.equal(status, 200);
  const { created_at, ...rest } = JSON.parse(text) as Record<string, string>;
  assert.deepEqual(rest, {
    id: person.userId,
    user_id: person.userId,
    username: person.username,
  });
  assert.ok(Date.now() - Date.parse(created_at ?? "") < 60_000);
  assertProblem(await send("GET", ME), 401, "unauthenticated");
});

Deno.test("a new password takes the current one, and ends all sessions but the one that asks", async () => {
  const person = await somebody();
  const other = (await login(person.username, person.password)).body;
  const new_password = "another horse battery";
  const changed = await change(person, { current_password: person.password, new_password });
  assert.equal(changed.status, 200, changed.text);
  assert.equal(changed.body.username, person.username);
  assert.doesNotMatch(changed.text, /argon2|password/);

  assertProblem(await refresh(other.refresh_token), 401);
  assertProblem(await send("GET", ME, { token: other.token }), 401, "unauthenticated");
  assert.equal((await send("GET", ME, { token: person.token })).status, 200);
  assert.equal((await refresh(person.refreshToken)).status, 200);
  assertProblem(await login(person.username, person.password), 401);
  assert.equal((await login(person.username, new_password)).status, 200);
});

Deno.test("streams end with the sessions that a new password, or a deletion, ends", async () => {
  const person = await somebody();
  const groupId = await groupOf(person);
  const other = (await login(person.username, person.password)).body;
  const [theirs, own] = await Promise.all([
    openStream(groupId, other.token),
    openStream(groupId, person.token),
  ]);
  const password = "another horse battery";
  await change(person, { current_password: person.password, new_password: password });
  await until(() => theirs.ended, PATIENCE_MS);
  assertStopped(theirs);
  assert.equal(own.ended, false);
  await deleteAccount({ ...person, password });
  await until(() => own.ended, PATIENCE_MS);
  await Promise.all([theirs.done, own.done]);
});

Deno.test("a wrong current password changes nothing and deletes nothing", async () => {
  const person = await somebody();
  const wrong = "correct horse batterY";
  const username = freshName();
  assertProblem(await change(person, { current_password: wrong, username }), 403, "forbidden");
  assertProblem(
    await change(person, { current_password: wrong, new_password: "x".repeat(20) }),
    403,
    "forbidden",
  );
  const options = { token: person.token, body: { password: wrong } };
  assertProblem(await send("DELETE", ME, options), 403, "forbidden");
  assert.equal((await login(person.username, person.password)).status, 200);
});

Deno.test("a tag is of the names that are shown, too: of members, of who has left, and of deleted accounts", async () => {
  const [owner, member, left] = await Promise.all([somebody(), somebody(), somebody()]);
  const groupId = await groupOf(owner);
  await Promise.all([member, left].map((person) => addMember(owner, groupId, person)));
  const todo_id = "shown";
  const payload = { todo_id, title: "Flowers" };
  const created = await send("POST", "/api/v1/command", {
    token: left.token,
    body: { type: "todo.create", group_id: groupId, payload },
  });
  assert.equal(created.status, 201, created.text);
  const leave = `/api/v1/groups/${groupId}/members/${left.userId}`;
  assert.equal((await send("DELETE", leave, { token: left.token })).status, 204);

  const list = `/api/v1/todos?group_id=${groupId}`;
  const todo = `/api/v1/todos/${todo_id}?group_id=${groupId}`;
  const group = `/api/v1/groups/${groupId}`;
  const read = (path: string, etag = "") =>
    send("GET", path, { token: owner.token, headers: { "if-none-match": etag } });
  /** What each address showed before `act` is not what it shows afterwards. */
  const assertNew = async (paths: readonly string[], act: () => Promise<unknown>) => {
    const before = await Promise.all(paths.map((path) => read(path)));
    await act();
    for (const [i, path] of paths.entries()) {
      const etag = before[i]?.headers.get("etag") ?? "";
      const now = await read(path, etag);
      assert.equal(now.status, 200, `${path} ${etag}`);
      assert.notEqual(now.text, before[i]?.text);
      assert.equal((await read(path, now.headers.get("etag") ?? "")).status, 304);
    }
  };
  const rename = async (person: Person) => {
    const body = { current_password: person.password, username: freshName() };
    assert.equal((await change(person, body)).status, 200);
  };
  await assertNew([group], () => rename(member));
  await assertNew([list, todo], () => rename(left));
  await assertNew([list, todo], () => deleteAccount(left));
  const { created_by_username, updated_by_username } = JSON.parse((await read(todo)).text);
  assert.deepEqual([created_by_username, updated_by_username], ["(deleted)", "(deleted)"]);
  const audit = JSON.parse((await read(`/api/v1/audit?group_id=${groupId}&type=todo.`)).text);
  assert.equal(audit.events[0].actor_username, "(deleted)");

  const etag = (await read(todo)).headers.get("etag") ?? "";
  assert.match(etag, /^"v\d+\.\d+"$/);
  const headers = { "if-match": etag };
  const update = { type: "todo.update", group_id: groupId, payload: { todo_id, title: "Roses" } };
  const updateOnce = () =>
    send("POST", "/api/v1/command", { token: owner.token, body: update, headers });
  assert.equal((await updateOnce()).status, 200);
  assertProblem(await updateOnce(), 412, "version-conflict");
});

Deno.test("a new name is seen by others at once, keeps the sessions, and frees the old name", async () => {
  const [person, friend] = await Promise.all([somebody(), somebody()]);
  const groupId = await groupOf(friend);
  await addMember(friend, groupId, person);
  const username = freshName();
  const renamed = await change(person, {
    current_password: person.password,
    username: ` ${username.toUpperCase()} `,
  });
  assert.equal(renamed.status, 200, renamed.text);
  assert.equal(renamed.body.username, username);
  assert.ok(username in await membersOf(groupId, friend));
  assert.equal((await refresh(person.refreshToken)).body.username, username);
  assert.equal((await login(username, person.password)).status, 200);
  assertProblem(await login(person.username, person.password), 401);
  const taken = await change(friend, { current_password: friend.password, username });
  assertProblem(taken, 409, "conflict");
  assert.equal(taken.body.error, "username already exists");
  const old = { current_password: friend.password, username: person.username };
  assert.equal((await change(friend, old)).status, 200);
});

Deno.test("a change that cannot be is refused with the field at fault", async () => {
  const person = await somebody();
  const current_password = person.password;
  assertProblem(await change(person, { new_password: "another horse" }), 400, "malformed");
  assertProblem(await change(person, { current_password }), 422, "validation");
  assertProblem(await change(person, { current_password, new_password: "short" }), 400);
  assertProblem(await change(person, { current_password, new_password: "x".repeat(201) }), 422);
  assertProblem(await change(person, { current_password, username: "a b" }), 422, "validation");
  assertProblem(await change(person, { current_password, username: 7 }), 400, "malformed");
  assertProblem(await change(person, { current_password: null, username: "abc" }), 400);
  assertProblem(await change(person, { current_password, username: "abc", role: "admin" }), 422);
  assertProblem(await change(person, []), 400, "malformed");
  for (const body of [{}, { password: 7 }]) {
    assertProblem(await send("DELETE", ME, { token: person.token, body }), 400, "malformed");
  }
  assertProblem(await send("DELETE", ME, { token: person.token }), 400, "malformed");
});

Deno.test("of parallel changes of one password at most one counts, and one password is valid", async () => {
  const person = await somebody();
  const passwords = Array.from({ length: 5 }, (_, i) => `another horse ${i}`);
  const answers = await Promise.all(
    passwords.map((new_password) =>
      change(person, { current_password: person.password, new_password })
    ),
  );
  const winners = answers.flatMap(({ status }, i) => status === 200 ? [passwords[i] ?? ""] : []);
  for (const { status } of answers) assert.ok([200, 403, 409].includes(status), `${status}`);
  assert.equal(winners.length, 1);
  for (const password of passwords) {
    const { status } = await login(person.username, password);
    assert.equal(status, password === winners[0] ? 200 : 401);
  }
});

Deno.test("a deleted account is signed out everywhere and leaves nothing but ids", async () => {
  const person = await somebody();
  const other = (await login(person.username, person.password)).body;
  await send("POST", "/api/v1/groups", {
    token: person.token,
    headers: { "idempotency-key": "my key" },
    body: { name: "Launch" },
  });
  await send("GET", "/api/tasks?board_id=1", { token: person.token });
  await deleteAccount(person);
  for (const token of [person.token, other.token]) {
    assertProblem(await send("GET", ME, { token }), 401, "unauthenticated");
    assertProblem(
      await send("DELETE", ME, { token, body: { password: person.password } }),
      401,
      "unauthenticated",
    );
  }
  for (const token of [person.refreshToken, other.refresh_token]) {
    assertProblem(await refresh(token), 401);
  }
  assertProblem(await login(person.username, person.password), 401);
  await withTables(async (sql) => {
    const [row] = await sql`
      select (select count(*)::int from users where id = ${person.userId}) as users,
        (select count(*)::int from refresh_tokens where user_id = ${person.userId}) as tokens,
        (select count(*)::int from taskboard_boards where user_id = ${person.userId}) as boards`;
    assert.deepEqual({ ...row }, { users: 0, tokens: 0, boards: 0 });
  });
});

Deno.test("nobody takes the name of a deleted account for thirty days, nor learns that it is not somebody's", async () => {
  const [person, friend] = await Promise.all([somebody(), somebody()]);
  const groupId = await groupOf(friend);
  await deleteAccount(person);
  const register = ({ username, password }: Person) =>
    send("POST", "/api/v1/auth/register", { body: { username, password } });
  const rename = ({ username }: Person) =>
    change(friend, { current_password: friend.password, username });
  const third = await somebody();
  for (const ask of [register, rename]) {
    const [reserved, taken] = [await ask(person), await ask(third)];
    assertProblem(reserved, 409, "conflict");
    const named = ({ body: { instance: _, trace_id: __, ...body } }: Answer) => body;
    assert.deepEqual(named(reserved), named(taken));
  }
  const invited = await send("POST", `/api/v1/groups/${groupId}/members`, {
    token: friend.token,
    body: { username: person.username },
  });
  assertProblem(invited, 404, "not-found");
  await withTables(async (sql) => {
    const [row] = await sql`
      select username, round(extract(epoch from free_at - now()) / 86400)::int as days
      from reserved_names where username = ${person.username}`;
    assert.deepEqual({ ...row }, { username: person.username, days: 30 });
    await sql`update reserved_names set free_at = now() where username = ${person.username}`;
  });
  const again = await register(person);
  assert.equal(again.status, 201, "the name is free");
  assert.notEqual(again.body.user_id, person.userId);
});

Deno.test("the groups of a deleted account go to the admin, else the member, of the longest standing", async () => {
  const [leaving, first, admin, second] = await Promise.all([
    somebody(),
    somebody(),
    somebody(),
    somebody(),
  ]);
  const [toAdmin, toMember, joined, own] = await Promise.all([
    groupOf(leaving, "to the admin"),
    groupOf(leaving, "to a member"),
    groupOf(second, "of somebody else"),
    groupOf(leaving, "of nobody else"),
  ]);
  for (const person of [first, admin, second]) {
    await addMember(leaving, toAdmin, person, person === admin ? "admin" : "member");
  }
  await addMember(leaving, toMember, first);
  await addMember(leaving, toMember, second);
  await addMember(second, joined, leaving, "admin");

  await deleteAccount(leaving);
  const names = { [first.username]: "member", [second.username]: "member" };
  const expected: readonly [string, Record<string, string>][] = [
    [toAdmin, { ...names, [admin.username]: "owner" }],
    [toMember, { ...names, [first.username]: "owner" }],
    [joined, { [second.username]: "owner" }],
  ];
  for (const [groupId, members] of expected) {
    let seen = {};
    await until(
      async () =>
        JSON.stringify(seen = sorted(await membersOf(groupId, second))) ===
          JSON.stringify(sorted(members)),
      PATIENCE_MS,
      () => JSON.stringify({ seen, members }),
    );
  }
  await withTables(async (sql) => {
    await until(async () => {
      const [row] = await sql`select deleted_at is not null as gone from groups where id = ${own}`;
      return row?.["gone"] === true;
    }, PATIENCE_MS);
    const [row] = await sql`
      select settled_at > now() + interval '1 hour' as waits
      from account_deletions where user_id = ${leaving.userId}`;
    assert.deepEqual({ ...row }, { waits: true }, "until no token can join another group");
  });
});

Deno.test("an account that is deleted at an edge that is killed leaves its groups all the same", async () => {
  const [leaving, friend, other] = await Promise.all([somebody(), somebody(), somebody()]);
  const groups: string[] = [];
  for (let i = 0; i < 24; i++) {
    const groupId = await groupOf(leaving);
    await addMember(leaving, groupId, friend);
    groups.push(groupId);
  }
  const edge = await spawnEdge({
    NATS_URL: Deno.env.get("TEST_EDGE_NATS_URL") ?? "",
    DATABASE_URL: Deno.env.get("TEST_DATABASE_URL") ?? "",
  });
  try {
    await until(async () => (await status(`${edge.url}/readyz`)) === 200, 20_000, edge.log);
    const { username, password, userId } = leaving;
    const { body } = await post(`${edge.url}/api/v1/auth/login`, { username, password });
    const deleting = status(`${edge.url}/api/v1/users/me`, {
      ...posted({ password }, { authorization: `Bearer ${body["token"]}` }),
      method: "DELETE",
    });
    await withTables(async (sql) => {
      await until(async () => {
        return (await sql`select 1 from users where id = ${userId}`).length === 0;
      }, PATIENCE_MS);
      edge.process.kill("SIGKILL");
      await deleting;
      // As if the time had passed for which the dead edge is waited for; the other one has reason to look.
      await sql`update account_deletions set next_try_at = now() where user_id = ${userId}`;
    });
  } finally {
    await edge.process.status;
    await edge.logged;
  }
  await deleteAccount(other);
  for (const groupId of groups) {
    await until(
      async () => (await membersOf(groupId, friend))[friend.username] === "owner",
      PATIENCE_MS,
    );
    assert.deepEqual(await membersOf(groupId, friend), { [friend.username]: "owner" });
  }
});

function sorted(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1));
}
