/** Native commands over HTTP: outcomes, idempotency, asynchronous answers, and reading one's writes. */
import assert from "node:assert/strict";
import { pause } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import {
  addMember,
  type Answer,
  assertProblem,
  groupOf,
  type Options,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";

type Body = Record<string, unknown>;

async function command(person: Person, body: Body, options: Options = {}): Promise<Answer> {
  return await send("POST", "/api/v1/command", { ...options, token: person.token, body });
}

function create(group_id: string, title = "Flowers"): Body {
  return { type: "todo.create", group_id, payload: { title } };
}

async function todosOf(person: Person, groupId: string, query = ""): Promise<Answer> {
  return await send("GET", `/api/v1/todos?group_id=${groupId}${query}`, { token: person.token });
}

async function eventually(check: () => Promise<Answer>): Promise<Answer> {
  let answer = await check();
  for (let i = 0; i < 100 && answer.status === 202; i++) {
    await pause(20);
    answer = await check();
  }
  return answer;
}

Deno.test("a committed command answers its events, 201 when it creates and 200 otherwise", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const command_id = newId();
  const created = await command(owner, { command_id, ...create(group_id) });
  assert.equal(created.status, 201);
  assert.equal(created.body.status, "committed");
  assert.equal(created.body.command_id, command_id);
  assert.equal(created.body.group_id, group_id);
  assert.equal(created.body.version, 3);
  const [event] = created.body.events;
  assert.equal(event?.type, "com.todo1m.todo.created");
  assert.equal(event?.causationid, command_id);
  assert.equal(event?.authid, owner.userId);
  const todo_id = event?.data.todo.id;
  const done = await command(owner, { type: "todo.complete", group_id, payload: { todo_id } });
  assert.equal(done.status, 200);
  assert.equal(done.body.version, 4);
});

Deno.test("a group can be created natively, under its own id or the client's", async () => {
  const owner = await somebody();
  const own = await command(owner, { type: "group.create", payload: { name: "Own" } });
  assert.equal(own.status, 201);
  assert.equal(own.body.group_id, own.body.command_id);
  const group_id = newId();
  const chosen = await command(owner, {
    type: "group.create",
    group_id,
    payload: { name: "Mine" },
  });
  assert.equal(chosen.status, 201);
  assert.equal(chosen.body.group_id, group_id);
  assertProblem(
    await command(owner, { type: "group.create", group_id, payload: { name: "Again" } }),
    409,
  );
});

Deno.test("the same command twice, or at once, has one effect and one outcome", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const body = { command_id: newId(), ...create(group_id) };
  const answers = await Promise.all(Array.from({ length: 8 }, () => command(owner, body)));
  answers.push(await command(owner, body));
  for (const answer of answers) {
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.body, answers[0]?.body);
  }
  const fresh = answers.filter(({ headers }) => !headers.has("idempotency-replayed"));
  assert.equal(fresh.length, 1);
  assert.equal((await todosOf(owner, group_id)).body.todos.length, 1);
});

Deno.test("a command id used for something else is refused", async () => {
  const [owner, member] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  await addMember(owner, group_id, member);
  const command_id = newId();
  assert.equal((await command(owner, { command_id, ...create(group_id) })).status, 201);
  const otherBody = await command(owner, { command_id, ...create(group_id, "Other") });
  assertProblem(otherBody, 422, "idempotency-mismatch");
  const otherCaller = await command(member, { command_id, ...create(group_id) });
  assertProblem(otherCaller, 422, "idempotency-mismatch");
});

Deno.test("Idempotency-Key is the command's id when it is a UUIDv7, else it stands for one", async () => {
  const [owner, member] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  await addMember(owner, group_id, member);
  const withKey = (person: Person, key: string, body: Body) =>
    command(person, body, { headers: { "idempotency-key": key } });

  const id = newId();
  assert.equal((await withKey(owner, id, create(group_id))).body.command_id, id);

  const key = `"order ${newId()}"`;
  const twins = await Promise.all(
    Array.from({ length: 5 }, () => withKey(owner, key, create(group_id))),
  );
  const ids = new Set(twins.map(({ body }) => body.command_id));
  assert.equal(ids.size, 1);
  assert.equal(twins.filter(({ headers }) => headers.has("idempotency-replayed")).length, 4);
  const elsewhere = await groupOf(owner, "Elsewhere");
  for (const other of [create(group_id, "Other"), create(elsewhere)]) {
    const refused = await withKey(owner, key, other);
    assertProblem(refused, 422, "idempotency-mismatch");
    assert.match(refused.body.detail, /^Idempotency-Key "order [-0-9a-f]+" was used/);
    assert.equal(refused.body.errors?.[0]?.header, "Idempotency-Key");
  }
  const others = await withKey(member, key, create(group_id));
  assert.equal(others.status, 201, "keys are the caller's own");
  assert.equal(ids.has(others.body.command_id), false);

  assertProblem(await withKey(owner, newId(), { command_id: id, ...create(group_id) }), 400);
  assertProblem(await withKey(owner, "", create(group_id)), 400);
  assertProblem(await withKey(owner, "k".repeat(256), create(group_id)), 400);
});

Deno.test("a key makes creating a group safe to repeat", async () => {
  const owner = await somebody();
  const make = () =>
    send("POST", "/api/v1/groups", {
      token: owner.token,
      headers: { "idempotency-key": "the one group" },
      body: { name: "Once" },
    });
  const [first, second] = [await make(), await make()];
  assert.equal(first.status, 201);
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers.get("idempotency-replayed"), "true");
  const { body } = await send("GET", "/api/v1/groups", { token: owner.token });
  assert.equal(body.groups.length, 1);
});

Deno.test("respond-async answers 202 and where the outcome will be found", async () => {
  const [owner, stranger] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  const accepted = await command(owner, create(group_id), { headers: { prefer: "respond-async" } });
  assert.equal(accepted.status, 202);
  assert.equal(accepted.body.status, "accepted");
  assert.equal(accepted.headers.get("preference-applied"), "respond-async");
  const location = accepted.headers.get("location") ?? "";
  assert.equal(location, `/api/v1/commands/${accepted.body.command_id}?group_id=${group_id}`);
  const outcome = await eventually(() => send("GET", location, { token: owner.token }));
  assert.equal(outcome.status, 200);
  assert.equal(outcome.body.status, "committed");
  assert.equal(outcome.body.command_id, accepted.body.command_id);
  assert.equal(outcome.body.events.length, 1);
  assertProblem(await send("GET", location, { token: stranger.token }), 404);
  const unknown = `/api/v1/commands/${newId()}?group_id=${group_id}`;
  assertProblem(await send("GET", unknown, { token: owner.token }), 404);
});

Deno.test("the outcome found later is the one that was answered", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const created = await command(owner, create(group_id));
  const path = `/api/v1/commands/${created.body.command_id}?group_id=${group_id}`;
  const found = await send("GET", path, { token: owner.token });
  assert.deepEqual(found.body, created.body);
});

Deno.test("the sender finds the outcome of a command at once, each time", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  for (let i = 0; i < 30; i++) {
    const { body } = await command(owner, create(group_id));
    const path = `/api/v1/commands/${body.command_id}?group_id=${group_id}`;
    const found = await send("GET", path, { token: owner.token });
    assert.equal(found.status, 200, JSON.stringify(found.body));
    assert.equal(found.body.version, body.version);
  }
});

Deno.test("whoever knows a version finds the outcome that is no newer", async () => {
  const [owner, member] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  await addMember(owner, group_id, member);
  for (let i = 0; i < 10; i++) {
    const { body } = await command(owner, create(group_id));
    const path = `/api/v1/commands/${body.command_id}?group_id=${group_id}`;
    const { status } = await send("GET", `${path}&min_version=${body.version}`, {
      token: member.token,
    });
    assert.equal(status, 200);
  }
});

Deno.test("the sender finds why a command was rejected, also when nobody waited", async () => {
  const [owner, member] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  await addMember(owner, group_id, member);
  const rename = { type: "group.rename", group_id, payload: { name: "Mine" } };
  for (const headers of [{}, { prefer: "respond-async" }]) {
    const command_id = newId();
    const sent = await command(member, { ...rename, command_id }, { headers });
    assert.ok(sent.status === 403 || sent.status === 202);
    const path = `/api/v1/commands/${command_id}?group_id=${group_id}`;
    const found = await eventually(() => send("GET", path, { token: member.token }));
    assertProblem(found, 403, "forbidden");
    assertProblem(await send("GET", path, { token: owner.token }), 404);
  }
});

Deno.test("a committed command is found even when its id was used again for something else", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const { body } = await command(owner, create(group_id));
  const again = await command(owner, {
    command_id: body.command_id,
    ...create(group_id, "Other"),
  });
  assertProblem(again, 422, "idempotency-mismatch");
  const path = `/api/v1/commands/${body.command_id}?group_id=${group_id}`;
  assert.deepEqual((await send("GET", path, { token: owner.token })).body, body);
});

Deno.test("an outdated expected version is a conflict", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const rename = (name: string, expected_version: number) =>
    command(owner, { type: "group.rename", group_id, expected_version, payload: { name } });
  assert.equal((await rename("Renamed", 2)).status, 200);
  assertProblem(await rename("Too late", 2), 412, "version-conflict");
});

Deno.test("every write is seen by the writer's next read", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  for (let i = 1; i <= 30; i++) {
    const { status } = await command(owner, create(group_id, `Todo ${i}`));
    assert.equal(status, 201);
    const { body } = await todosOf(owner, group_id);
    assert.equal(body.todos.length, i);
    assert.equal(body.todos[0]?.title, `Todo ${i}`);
  }
});

Deno.test("who was just added reads the group at once, who was just removed does not", async () => {
  const owner = await somebody();
  for (let i = 0; i < 5; i++) {
    const [member, group_id] = await Promise.all([somebody(), groupOf(owner)]);
    await addMember(owner, group_id, member);
    assert.equal((await todosOf(member, group_id)).status, 200);
    const removed = await send("DELETE", `/api/v1/groups/${group_id}/members/${member.userId}`, {
      token: owner.token,
    });
    assert.equal(removed.status, 204);
    assertProblem(await todosOf(member, group_id), 404);
  }
});

Deno.test("min_version is honoured, and told to be out of reach in bounded time", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const { body: { version } } = await command(owner, create(group_id));
  const answer = await todosOf(owner, group_id, `&min_version=${version}`);
  assert.equal(answer.status, 200);
  assert.ok(answer.body.version >= version);
  const startedAt = performance.now();
  const ahead = await todosOf(owner, group_id, `&min_version=${version + 1}`);
  assertProblem(ahead, 412, "version-conflict");
  assert.equal(ahead.body.version, version);
  assert.ok(performance.now() - startedAt < 4_000);
  assertProblem(await todosOf(owner, group_id, "&min_version=x"), 400);
  // Who is no member is told the same of a group as of none.
  const stranger = await somebody();
  assertProblem(await todosOf(stranger, group_id, "&min_version=1000"), 404);
  assertProblem(await todosOf(stranger, "no-such-group", "&min_version=1000"), 404);
  const conditional = await send("GET", `/api/v1/todos?group_id=${group_id}&min_version=1000`, {
    token: stranger.token,
    headers: { "if-none-match": '"g1"' },
  });
  assertProblem(conditional, 404);
});

Deno.test("a reader that waits for a version is woken by it", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const waiting = todosOf(owner, group_id, "&min_version=3");
  const { status } = await command(owner, create(group_id));
  assert.equal(status, 201);
  const answer = await waiting;
  assert.equal(answer.status, 200);
  assert.equal(answer.body.todos.length, 1);
});

Deno.test("pages of todos join without gap or repetition", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const other = await groupOf(owner, "Other");
  await Promise.all(Array.from({ length: 25 }, (_, i) => command(owner, create(group_id, `${i}`))));
  const seen: string[] = [];
  let query = "&limit=10";
  let cursor = "";
  do {
    const { status, body } = await todosOf(owner, group_id, query);
    assert.equal(status, 200);
    seen.push(...body.todos.map((todo) => todo.todo_id));
    cursor = body.next_cursor ?? "";
    query = `&limit=10&cursor=${cursor}`;
  } while (cursor !== "");
  assert.equal(seen.length, 25);
  assert.equal(new Set(seen).size, 25);
  const { body: { next_cursor } } = await todosOf(owner, group_id, "&limit=10");
  assertProblem(await todosOf(owner, other, `&cursor=${next_cursor}`), 400);
  assertProblem(await todosOf(owner, group_id, "&cursor=nonsense"), 400);
});

Deno.test("todos are listed newest first, those of one batch too, over all pages", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const titles = Array.from({ length: 40 }, (_, i) => `Todo ${i}`);
  const commands = titles.map((title, i) => ({
    type: "todo.create",
    payload: { todo_id: `${(i * 7) % 40}-${newId()}`, title },
  }));
  const sent = await command(owner, { type: "batch", group_id, payload: { commands } });
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  const seen: string[] = [];
  for (let query = "&limit=7"; query !== "";) {
    const { body } = await todosOf(owner, group_id, query);
    seen.push(...body.todos.map((todo) => todo.title));
    query = body.next_cursor ? `&limit=7&cursor=${body.next_cursor}` : "";
  }
  assert.deepEqual(seen, titles.toReversed());
});

Deno.test("reads are conditional on the version", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const { body: { events: [event] } } = await command(owner, create(group_id));
  const todo = `/api/v1/todos/${event?.data.todo.id}?group_id=${group_id}`;
  for (const path of [todo, `/api/v1/todos?group_id=${group_id}`, `/api/v1/groups/${group_id}`]) {
    const first = await send("GET", path, { token: owner.token });
    assert.equal(first.status, 200, path);
    const etag = first.headers.get("etag") ?? "";
    assert.match(etag, path.includes("/groups/") ? /^"g\d+~owner"$/ : /^"[gv]\d+"$/);
    const again = await send("GET", path, {
      token: owner.token,
      headers: { "if-none-match": etag },
    });
    assert.equal(again.status, 304);
  }
});

Deno.test("who holds what another member was told gets what is for them", async () => {
  const [owner, ana, ben] = await Promise.all([somebody(), somebody(), somebody()]);
  const group_id = await groupOf(owner);
  for (const person of [ana, ben]) await addMember(owner, group_id, person);
  const paths = [`/api/v1/groups/${group_id}`, `/api/v1/audit?group_id=${group_id}`];
  const read = async (person: Person, path: string, etag = "none") => {
    const headers = { "if-none-match": `"${etag.replaceAll('"', "")}"` };
    const answer = await send("GET", path, { token: person.token, headers });
    return { status: answer.status, etag: answer.headers.get("etag") ?? "" };
  };
  for (const path of paths) {
    const held = await read(owner, path);
    assert.deepEqual(await read(owner, path, held.etag), { status: 304, etag: held.etag });
    assert.equal((await read(ana, path, held.etag)).status, 200);
  }
  const [group = "", audit = ""] = paths;
  assert.equal((await read(ben, group, (await read(ana, group)).etag)).status, 304);
  assert.equal((await read(ben, audit, (await read(ana, audit)).etag)).status, 200);
  const { etag } = await read(owner, group);
  const rename = () =>
    send("PATCH", group, {
      token: owner.token,
      body: { name: "Renamed" },
      headers: { "if-match": etag },
    });
  assert.deepEqual([(await rename()).status, (await rename()).status], [200, 412]);
});

Deno.test("who holds the newest state of a group gets it no second time, at once with many others, and a stranger gets nothing", async () => {
  const [owner, member, stranger] = await Promise.all([somebody(), somebody(), somebody()]);
  const groups = await Promise.all([groupOf(owner), groupOf(owner)]);
  await Promise.all(groups.map((group_id) => addMember(owner, group_id, member)));
  const read = (token: string, group_id: string, etag?: string) =>
    send("GET", `/api/v1/todos?group_id=${group_id}`, {
      token,
      headers: etag === undefined ? {} : { "if-none-match": etag },
    });
  const etags = await Promise.all(
    groups.map(async (id) => (await read(owner.token, id)).headers.get("etag") ?? ""),
  );
  const [one = "", two = ""] = groups;
  const asked = await Promise.all(Array.from({ length: 40 }, (_, n) => {
    const group_id = n % 2 === 0 ? one : two;
    const token = [owner, member, stranger][n % 3]?.token ?? "";
    return read(token, group_id, etags[n % 2]).then(({ status }) => [n % 3, status] as const);
  }));
  for (const [who, status] of asked) assert.equal(status, who === 2 ? 404 : 304);
  const removal = `/api/v1/groups/${one}/members/${member.userId}`;
  assert.equal((await send("DELETE", removal, { token: owner.token })).status, 204);
  assert.equal((await read(member.token, one, etags[0])).status, 404);
  assert.equal((await read(owner.token, one, etags[0])).status, 200);
});

Deno.test("a group is read with its members, columns and labels", async () => {
  const [owner, member] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner, "Detail");
  await addMember(owner, group_id, member);
  const { status, body } = await send("GET", `/api/v1/groups/${group_id}`, { token: member.token });
  assert.equal(status, 200);
  assert.equal(body.name, "Detail");
  assert.equal(body.role, "member");
  assert.deepEqual(
    body.members.map(({ username, role }) => [username, role]),
    [[owner.username, "owner"], [member.username, "member"]],
  );
  assert.deepEqual(body.columns.map(({ id }) => id), [
    "todo",
    "doing",
    "done",
  ]);
  assert.deepEqual(body.labels, []);
  const renamed = await send("PATCH", `/api/v1/groups/${group_id}`, {
    token: owner.token,
    body: { name: "Renamed" },
  });
  assert.equal(renamed.status, 200);
  assert.equal(renamed.body.name, "Renamed");
  const after = await send("GET", `/api/v1/groups/${group_id}`, { token: owner.token });
  assert.equal(after.body.name, "Renamed");
});

Deno.test("one todo is read with its comments", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const { body: { events: [event] } } = await command(owner, create(group_id));
  const todo_id = event?.data.todo.id;
  const comment = await command(owner, {
    type: "comment.add",
    group_id,
    payload: { todo_id, text: "Ask the florist" },
  });
  assert.equal(comment.status, 201);
  const { status, body } = await send("GET", `/api/v1/todos/${todo_id}?group_id=${group_id}`, {
    token: owner.token,
  });
  assert.equal(status, 200);
  assert.equal(body.comments.length, 1);
  assert.equal(body.comments[0]?.text, "Ask the florist");
  assert.equal(body.comments[0]?.author_username, owner.username);
  assert.match(body.comments[0]?.created_at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
