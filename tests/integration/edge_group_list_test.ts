/** The list of one's groups: in pages, and not sent again to who holds it. */
import assert from "node:assert/strict";
import { Api } from "./_api_document.ts";
import { addMember, assertProblem, groupOf, send, somebody } from "./_edge_client.ts";
import { until } from "./_until.ts";

const PATH = "/api/v1/groups";

Deno.test("groups come in pages with a cursor while there are more, and all without parameters", async () => {
  const api = await Api.read();
  const owner = await somebody();
  const { token } = owner;
  const made: string[] = [];
  for (const name of ["One", "Two", "Three", "Four"]) made.unshift(await groupOf(owner, name));
  const read = async (query = "") => {
    const { status, body, text } = await api.send("GET", PATH + query, { token });
    assert.equal(status, 200, text);
    return { ids: body.groups.map((group) => group.group_id), next: body.next_cursor };
  };
  assert.deepEqual(await read(), { ids: made, next: undefined });
  assert.deepEqual(await read("?limit=4"), { ids: made, next: undefined });
  const first = await read("?limit=3");
  assert.deepEqual(first.ids, made.slice(0, 3));
  assert.deepEqual(await read(`?limit=3&cursor=${first.next}`), {
    ids: made.slice(3),
    next: undefined,
  });
  // A group that is made meanwhile is before the place of the cursor, one that is deleted does not move it.
  await groupOf(owner, "Five");
  await api.send("DELETE", `${PATH}/${made[2]}`, { token });
  assert.deepEqual((await read(`?cursor=${first.next}`)).ids, made.slice(3));
});

Deno.test("a cursor of another list and a limit that is none are refused", async () => {
  const api = await Api.read();
  const [owner, other] = await Promise.all([somebody(), somebody()]);
  const { token } = owner;
  const group = await groupOf(owner, "One");
  await groupOf(owner, "Two");
  const { body } = await send("GET", `${PATH}?limit=1`, { token });
  const refused = async (query: string, parameter: string, asked = token) => {
    const answer = await api.send("GET", PATH + query, { token: asked });
    assertProblem(answer, 400, "malformed");
    assert.equal(answer.body.errors?.[0]?.parameter, parameter, query);
  };
  await refused(`?cursor=${body.next_cursor}`, "cursor", other.token);
  await refused("?cursor=nonsense", "cursor");
  for (const title of ["a", "b"]) {
    await send("POST", "/api/v1/command", { token, body: { group_id: group, title } });
  }
  const todos = await send("GET", `/api/v1/todos?group_id=${group}&limit=1`, { token });
  await refused(`?cursor=${todos.body.next_cursor}`, "cursor");
  for (const limit of ["0", "201", "-1", "1e2", "1.5", "x", "", " 5"]) {
    await refused(`?limit=${encodeURIComponent(limit)}`, "limit");
  }
});

Deno.test("who holds the list is told so, until anything that it tells has changed", async () => {
  const api = await Api.read();
  const [ana, ben] = await Promise.all([somebody(), somebody()]);
  const group = await groupOf(ana, "Home");
  const read = (etag?: string, query = "") =>
    api.send("GET", PATH + query, {
      token: ben.token,
      ...(etag ? { headers: { "if-none-match": etag } } : {}),
    });
  let tag = (await read()).headers.get("etag") ?? "";
  assert.match(tag, /^"l[A-Za-z0-9_-]{22}"$/);
  const todo = { type: "todo.create", group_id: group, payload: { title: "Flowers" } };
  const changes: [what: string, change: () => Promise<unknown>][] = [
    ["added", () => addMember(ana, group, ben)],
    ["version", () => send("POST", "/api/v1/command", { token: ana.token, body: todo })],
    ["name", () => send("PATCH", `${PATH}/${group}`, { token: ana.token, body: { name: "Flat" } })],
    ["role", () =>
      send("PATCH", `${PATH}/${group}/members/role`, {
        token: ana.token,
        body: { username: ben.username, role: "admin" },
      })],
    [
      "removed",
      () => send("DELETE", `${PATH}/${group}/members/${ben.userId}`, { token: ana.token }),
    ],
    ["of one's own", () => groupOf(ben, "Mine")],
  ];
  for (const [what, change] of changes) {
    const same = await read(tag);
    assert.deepEqual([same.status, same.text, same.headers.get("etag")], [304, "", tag], what);
    await change();
    // What others do is shown once the read model holds it.
    let next = tag;
    await until(
      async () => {
        next = (await read(tag)).headers.get("etag") ?? "";
        return next !== tag;
      },
      10_000,
      () => what,
    );
    tag = next;
  }
  await groupOf(ben, "Another");
  const whole = await read();
  const page = await read(whole.headers.get("etag") ?? "", "?limit=1");
  assert.equal(page.status, 200, "a page is another thing than the list");
  assert.equal((await read("*")).status, 304);
});
