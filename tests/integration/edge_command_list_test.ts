/** Several commands in one request, and commands that expect the state of an `ETag`. */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import {
  assertProblem,
  groupOf,
  type Options,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";

interface Item {
  readonly status: string;
  readonly command_id?: string;
  readonly group_id?: string;
  readonly version?: number;
  readonly problem?: {
    readonly code: string;
    readonly status: number;
    readonly errors?: readonly { readonly pointer: string }[];
  };
}

function post(person: Person, commands: unknown, options: Options & { atomic?: boolean } = {}) {
  const { atomic, ...rest } = options;
  const body = { commands, ...(atomic === undefined ? {} : { atomic }) };
  return send("POST", "/api/v1/commands", { token: person.token, body, ...rest });
}

function outcomes({ status, text, body }: Awaited<ReturnType<typeof post>>): readonly Item[] {
  assert.equal(status, 200, text);
  return (body as unknown as { outcomes: readonly Item[] }).outcomes;
}

async function todos(person: Person, group_id: string): Promise<string[]> {
  const { body } = await send("GET", `/api/v1/todos?group_id=${group_id}`, { token: person.token });
  return body.todos.map(({ title }) => title).reverse();
}

Deno.test("each command of a list has its outcome, in the order of the list, and those of a group are done in it", async () => {
  const ana = await somebody();
  const [one, two] = [await groupOf(ana), await groupOf(ana)];
  const todo_id = newId();
  const found = outcomes(
    await post(ana, [
      { type: "todo.create", group_id: one, payload: { todo_id, title: "First" } },
      { type: "todo.update", group_id: one, payload: { todo_id, title: "Changed" } },
      { type: "todo.complete", group_id: two, payload: { todo_id } },
      { type: "todo.create", group_id: two, payload: { title: "In the other group" } },
      { type: "group.create", payload: { name: "By list" } },
    ]),
  );
  assert.deepEqual(found.map(({ status }) => status), [
    "committed",
    "committed",
    "rejected",
    "committed",
    "committed",
  ]);
  assert.deepEqual([found[2]?.problem?.code, found[2]?.problem?.status], ["not-found", 404]);
  assert.equal(found[4]?.group_id, found[4]?.command_id);
  assert.deepEqual(await todos(ana, one), ["Changed"]);
  assert.deepEqual(await todos(ana, two), ["In the other group"]);
});

Deno.test("a list of a hundred commands is taken, and sending it again changes nothing", async () => {
  const ana = await somebody();
  const group_id = await groupOf(ana);
  const commands = Array.from({ length: 100 }, (_, n) => ({
    command_id: newId(),
    type: "todo.create",
    group_id,
    payload: { title: `${n}` },
  }));
  const first = outcomes(await post(ana, commands));
  assert.ok(first.every(({ status }) => status === "committed"));
  assert.deepEqual(outcomes(await post(ana, commands)), first);
  const { body } = await send("GET", `/api/v1/todos?group_id=${group_id}&limit=200`, {
    token: ana.token,
  });
  assert.deepEqual(
    body.todos.map(({ title }) => title).reverse(),
    commands.map(({ payload }) => payload.title),
  );
});

Deno.test("atomic commands are done as a whole or not at all, once per key", async () => {
  const ana = await somebody();
  const group_id = await groupOf(ana);
  const create = (title: string) => ({ type: "todo.create", group_id, payload: { title } });
  const headers = { "idempotency-key": newId() };
  for (const replayed of [null, "true"]) {
    const done = await post(ana, [create("a"), create("b")], { atomic: true, headers });
    assert.equal(done.status, 200, done.text);
    assert.equal(done.headers.get("idempotency-replayed"), replayed);
  }
  const missing = { type: "todo.complete", group_id, payload: { todo_id: "none" } };
  const failed = await post(ana, [create("c"), missing], { atomic: true });
  assertProblem(failed, 404, "not-found");
  assert.deepEqual(await todos(ana, group_id), ["a", "b"]);
});

Deno.test("a list that cannot be read is refused as a whole, with the place of the fault", async () => {
  const ana = await somebody();
  const [group_id, other] = [await groupOf(ana), await groupOf(ana)];
  const create = { type: "todo.create", group_id, payload: { title: "Not done" } };
  const undo = { type: "undo", group_id, payload: { command_id: newId() } };
  const cases: [unknown, Options & { atomic?: boolean }, RegExp][] = [
    [[], {}, /1 to 100/],
    ["x", {}, /1 to 100/],
    [Array.from({ length: 101 }, () => create), {}, /1 to 100/],
    [[create, { ...create, payload: {} }], { atomic: true }, /\/commands\/1\/payload/],
    [
      [create, { type: "todo.create", payload: { title: "x" } }],
      { atomic: true },
      /\/commands\/1\/group_id/,
    ],
    [[create, { ...create, group_id: other }], { atomic: true }, /\/commands\/1\/group_id/],
    [[{ ...create, command_id: newId() }], { atomic: true }, /Idempotency-Key/],
    [[create, undo], { atomic: true }, /undo/],
    [[create], { headers: { "idempotency-key": newId() } }, /command_id/],
    [[create], { headers: { "if-match": '"g1"' } }, /expected_version/],
  ];
  for (const [commands, options, told] of cases) {
    const answer = await post(ana, commands, options);
    assert.ok([400, 422].includes(answer.status), answer.text);
    assert.match(answer.text, told);
  }
  assert.deepEqual(await todos(ana, group_id), []);
});

Deno.test("what the group refuses is pointed at in the list, whether its commands are one or many", async () => {
  const ana = await somebody();
  const group_id = await groupOf(ana);
  const create = (payload: object) => ({ type: "todo.create", group_id, payload });
  const wrong = [create({ title: "First" }), create({ title: "Second", status: "nowhere" })];
  const found = outcomes(await post(ana, wrong));
  assert.equal(found[1]?.problem?.errors?.[0]?.pointer, "/commands/1/payload/status");
  const used = { command_id: found[0]?.command_id, ...create({ title: "Other" }) };
  const [again] = outcomes(await post(ana, [used]));
  assert.equal(again?.problem?.errors?.[0]?.pointer, "/commands/0/command_id");

  const atomic = async (commands: readonly object[]) => {
    const answer = await send("POST", "/api/v1/commands", {
      token: ana.token,
      body: { commands, atomic: true },
    });
    assertProblem(answer, 422, "validation");
    return answer.body.errors?.[0]?.pointer;
  };
  assert.equal(await atomic(wrong), "/commands/1/payload/status");
  const group = { type: "group.create", payload: { name: "Other" } };
  assert.equal(await atomic([group]), "/commands/0/group_id");
  assert.equal(await atomic([{ ...group, group_id }]), "/commands/0/type");
});

Deno.test("a command that cannot be sent has its outcome too, and the others of the list are done", async () => {
  const ana = await somebody();
  const group_id = await groupOf(ana);
  const create = (title: unknown) => ({ type: "todo.create", group_id, payload: { title } });
  const command_id = newId();
  const add = { type: "member.add", group_id, payload: { user_id: newId(), role: "member" } };
  const list = [
    create("First"),
    create(1),
    { type: "todo.create", payload: { title: "Without a group" } },
    "no command",
    { command_id, ...add },
    create("Last"),
  ];
  const found = outcomes(await post(ana, list));
  assert.deepEqual(
    found.map(({ status, problem }) => [status, problem?.status, problem?.errors?.[0]?.pointer]),
    [
      ["committed", undefined, undefined],
      ["refused", 422, "/commands/1/payload/title"],
      ["refused", 422, "/commands/2/group_id"],
      ["refused", 422, "/commands/3"],
      ["refused", 404, undefined],
      ["committed", undefined, undefined],
    ],
  );
  assert.deepEqual([found[4]?.command_id, found[4]?.group_id], [command_id, group_id]);
  assert.deepEqual(await todos(ana, group_id), ["First", "Last"]);
  assertProblem(await post(ana, [create("Not done"), add], { atomic: true }), 404, "not-found");
  assert.deepEqual(await todos(ana, group_id), ["First", "Last"]);
});

Deno.test("a list that need not be waited for is answered so, each command as accepted", async () => {
  const ana = await somebody();
  const group_id = await groupOf(ana);
  const commands = [{ type: "todo.create", group_id, payload: { title: "Later" } }, {}];
  const answer = await post(ana, commands, { headers: { prefer: "respond-async" } });
  assert.deepEqual(outcomes(answer).map(({ status }) => status), ["accepted", "refused"]);
  assert.equal(answer.headers.get("preference-applied"), "respond-async");
});

Deno.test("a command that expects the state of an ETag is done in that state only", async () => {
  const ana = await somebody();
  const group_id = await groupOf(ana, "Before");
  const todo_id = newId();
  const command = (type: string, payload: object, etag?: string) =>
    send("POST", "/api/v1/command", {
      token: ana.token,
      body: { type, group_id, payload },
      headers: etag === undefined ? {} : { "if-match": etag },
    });
  await command("todo.create", { todo_id, title: "One" });
  const read = (path: string) => send("GET", path, { token: ana.token });
  const todo = await read(`/api/v1/todos/${todo_id}?group_id=${group_id}`);
  const etag = todo.headers.get("etag") ?? "";
  assert.match(etag, /^"v\d+"$/);
  const update = (title: string) => command("todo.update", { todo_id, title }, etag);
  assert.equal((await update("Two")).status, 200);
  assertProblem(await update("Three"), 412, "version-conflict");
  assertProblem(await command("todo.update", { todo_id, title: "x" }, "v1"), 400, "malformed");

  const path = `/api/v1/groups/${group_id}`;
  const group = (await read(path)).headers.get("etag") ?? "";
  const rename = (name: string) =>
    send("PATCH", path, { token: ana.token, body: { name }, headers: { "if-match": group } });
  assert.equal((await rename("After")).status, 200);
  assertProblem(await rename("Too late"), 412, "version-conflict");
});
