/** Todos as they were: at a version, at an instant, for whoever is a member now. */
import assert from "node:assert/strict";
import {
  addMember,
  type Answer,
  assertProblem,
  groupOf,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";

async function command(person: Person, body: Record<string, unknown>): Promise<Answer> {
  const answer = await send("POST", "/api/v1/command", { token: person.token, body });
  assert.ok(answer.status < 300, answer.text);
  return answer;
}

type Query = Record<string, string | number>;

function ask(
  person: Person,
  group_id: string,
  query: Query,
  etag?: string,
  todo = "",
): Promise<Answer> {
  const parameters = new URLSearchParams({ group_id });
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  return send("GET", `/api/v1/todos${todo && `/${todo}`}?${parameters}`, {
    token: person.token,
    ...(etag === undefined ? {} : { headers: { "if-none-match": etag } }),
  });
}

const bare = ({ text }: Answer): unknown => {
  const { todos, todo_id: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return { ...rest, todos };
};

Deno.test("at every version the past is what the list and the todo were then", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const steps: Record<string, unknown>[] = [
    { type: "todo.create", payload: { todo_id: "a", title: "First", due: { date: "2026-11-30" } } },
    { type: "todo.create", payload: { todo_id: "b", title: "Second", priority: 1 } },
    { type: "todo.update", payload: { todo_id: "a", title: "First, changed", labels: [] } },
    { type: "todo.move", payload: { todo_id: "b", status: "doing" } },
    { type: "comment.add", payload: { todo_id: "a", text: "So it is" } },
    { type: "todo.complete", payload: { todo_id: "a" } },
    { type: "todo.delete", payload: { todo_id: "b" } },
    { type: "todo.restore", payload: { todo_id: "b" } },
    { type: "group.rename", payload: { name: "Renamed" } },
  ];
  const seen: { version: number; list: unknown; sorted: unknown; todo: unknown; at: string }[] = [];
  for (const step of steps) {
    const { body } = await command(owner, { group_id, ...step });
    const [list, sorted, todo] = await Promise.all([
      ask(owner, group_id, {}),
      ask(owner, group_id, { filter: "!done", sort: "-title" }),
      ask(owner, group_id, {}, undefined, "a"),
    ]);
    seen.push({
      version: body.version,
      list: bare(list),
      sorted: bare(sorted),
      todo: bare(todo),
      at: (body.events.at(-1) as unknown as { time: string }).time,
    });
  }
  for (const { version, list, sorted, todo, at } of seen) {
    assert.deepEqual(bare(await ask(owner, group_id, { at: version })), list, `${version}`);
    const filtered = await ask(owner, group_id, { at: version, filter: "!done", sort: "-title" });
    assert.deepEqual(bare(filtered), sorted, `${version}`);
    assert.deepEqual(bare(await ask(owner, group_id, { at: version }, undefined, "a")), todo);
    // Another change may have come in the same millisecond.
    const last = seen.findLast((each) => each.at === at);
    assert.deepEqual(bare(await ask(owner, group_id, { at })), last?.list, at);
  }
  const before = await ask(owner, group_id, { at: "2020-01-01T00:00:00Z" });
  assert.deepEqual([before.status, before.body.todos, before.body.version], [200, [], 0]);
  assert.deepEqual((await ask(owner, group_id, { at: 0 })).body.todos, []);
  assertProblem(await ask(owner, group_id, { at: 1 }, undefined, "a"), 404, "not-found");
});

Deno.test("a moment that is fixed is known by its tag, one that is still open only while nothing happens", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const create = (title: string) =>
    command(owner, { type: "todo.create", group_id, payload: { title } });
  const { version } = (await create("One")).body;
  const passed = new Date(Date.now() + 1).toISOString();
  const fixed: Query[] = [{ at: version }, { at: version, filter: "overdue" }, {
    at: passed,
    sort: "due",
  }];
  const now: Query = { at: "2999-01-01T00:00:00Z" };
  await new Promise((resolve) => setTimeout(resolve, 20));
  const open = (await ask(owner, group_id, now)).headers.get("etag") ?? "";
  assert.equal((await ask(owner, group_id, now, open)).status, 304);
  await create("Two");
  const after = await ask(owner, group_id, now, open);
  assert.deepEqual([after.status, after.body.todos.length], [200, 2]);
  const tags: string[] = [];
  for (const query of fixed) {
    const first = await ask(owner, group_id, query);
    assert.deepEqual(first.body.todos.map(({ title }) => title), query["filter"] ? [] : ["One"]);
    tags.push(first.headers.get("etag") ?? "");
  }
  await create("Three");
  for (const [index, query] of fixed.entries()) {
    const again = await ask(owner, group_id, query, tags[index]);
    assert.equal(again.status, 304, JSON.stringify(query));
    const other = await ask(owner, group_id, query, tags[(index + 1) % tags.length]);
    assert.equal(other.status, 200, "the tag of another list");
  }
  const plain = (await ask(owner, group_id, {})).headers.get("etag") ?? "";
  assert.equal((await ask(owner, group_id, { at: version }, plain)).status, 200);
});

Deno.test("pages of the past show one version, whatever happens meanwhile", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const create = (n: number) =>
    command(owner, { type: "todo.create", group_id, payload: { title: `Todo ${n}` } });
  for (let n = 1; n <= 5; n++) await create(n);
  const query = { at: "2999-01-01T00:00:00Z", sort: "-title", limit: 2 };
  const found: string[] = [];
  for (let cursor = "", more = true; more;) {
    const page = await ask(owner, group_id, { ...query, ...(cursor === "" ? {} : { cursor }) });
    assert.equal(page.status, 200, page.text);
    found.push(...page.body.todos.map(({ title }) => title));
    more = typeof page.body.next_cursor === "string";
    cursor = page.body.next_cursor ?? "";
    await create(10 + found.length);
  }
  assert.deepEqual(found, ["Todo 5", "Todo 4", "Todo 3", "Todo 2", "Todo 1"]);
});

Deno.test("who may see the past is who is a member now", async () => {
  const [owner, late, gone, stranger] = await Promise.all([
    somebody(),
    somebody(),
    somebody(),
    somebody(),
  ]);
  const group_id = await groupOf(owner);
  await addMember(owner, group_id, gone);
  const { version } = (await command(owner, {
    type: "todo.create",
    group_id,
    payload: { todo_id: "a", title: "Before" },
  })).body;
  const path = `/api/v1/groups/${group_id}/members/${gone.userId}`;
  assert.equal((await send("DELETE", path, { token: owner.token })).status, 204);
  await addMember(owner, group_id, late);
  const etag = (await ask(owner, group_id, { at: version })).headers.get("etag") ?? "";
  for (const todo of ["", "a"]) {
    assert.equal((await ask(late, group_id, { at: version }, undefined, todo)).status, 200);
    for (const person of [gone, stranger]) {
      assertProblem(await ask(person, group_id, { at: version }, etag, todo), 404, "not-found");
      assertProblem(await ask(person, group_id, { at: 10_000 }, undefined, todo), 404, "not-found");
    }
  }
});

Deno.test("what is still to come, and what is no moment, is refused", async () => {
  const owner = await somebody();
  const group_id = await groupOf(owner);
  const { body } = await ask(owner, group_id, {});
  const ahead = await ask(owner, group_id, { at: body.version + 1 });
  assertProblem(ahead, 412, "version-conflict");
  assert.equal(ahead.body.version, body.version);
  for (const at of ["x", "-1", "2026-11-30", "2026-11-30T09:00:00", "2026-02-30T25:00:00Z"]) {
    assertProblem(await ask(owner, group_id, { at }), 400, "malformed");
    assertProblem(await ask(owner, group_id, { at }, undefined, "a"), 400, "malformed");
  }
  assertProblem(await ask(owner, group_id, { at: 1, q: "milk" }), 400, "malformed");
});
