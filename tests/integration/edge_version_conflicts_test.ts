/** Whoever expected another version is told what there is now, as a read would, and only what they may see. */
import assert from "node:assert/strict";
import { Api } from "./_api_document.ts";
import { addMember, assertProblem, groupOf, type Person, send, somebody } from "./_edge_client.ts";
import { until } from "./_until.ts";

async function scene() {
  const api = await Api.read();
  const [ana, ben] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(ana, "Home");
  await addMember(ana, group_id, ben);
  const command = (person: Person, body: object, headers: Record<string, string> = {}) =>
    api.send("POST", "/api/v1/command", {
      token: person.token,
      body: { group_id, ...body },
      headers,
    });
  const payload = { todo_id: "t", title: "Flowers", description: "Tulips, *red*" };
  assert.equal((await command(ben, { type: "todo.create", payload })).status, 201);
  const todo = async (person = ana) => {
    const path = `/api/v1/todos/t?group_id=${group_id}`;
    return JSON.parse((await send("GET", path, { token: person.token })).text);
  };
  const group = async (person = ana) => {
    const { text } = await send("GET", `/api/v1/groups/${group_id}`, { token: person.token });
    return JSON.parse(text);
  };
  return { api, ana, ben, group_id, command, todo, group };
}

const currentOf = ({ text }: { readonly text: string }) => JSON.parse(text).current;

Deno.test("a todo that has changed is told as its read tells it, each time anew", async () => {
  const { ana, ben, command, todo } = await scene();
  await command(ana, { type: "comment.add", payload: { todo_id: "t", text: "Which?" } });
  for (let i = 0; i < 20; i++) {
    const change = { type: "todo.update", payload: { todo_id: "t", title: `Flowers ${i}` } };
    const { body: { version } } = await command(ana, change);
    // Asked by somebody whose own writes say nothing of how fresh a read must be.
    const answer = await command(ben, {
      type: "todo.complete",
      expected_version: 3,
      payload: { todo_id: "t" },
    });
    assertProblem(answer, 412, "version-conflict");
    assert.equal(answer.body.version, version);
    assert.deepEqual(currentOf(answer), await todo());
    assert.equal(currentOf(answer).version, version);
  }
  const byTag = await command(ben, {
    type: "todo.update",
    payload: { todo_id: "t", title: "Mine" },
  }, { "if-match": '"v3"' });
  assertProblem(byTag, 412, "version-conflict");
  assert.deepEqual(currentOf(byTag), await todo());
});

Deno.test("a group that has changed is told as its read tells it", async () => {
  const { api, ana, ben, group_id, command, group } = await scene();
  const stale = { "if-match": '"g1"' };
  const path = `/api/v1/groups/${group_id}`;
  const renamed = await api.send("PATCH", path, {
    token: ana.token,
    body: { name: "Flat" },
    headers: stale,
  });
  const created = await command(ben, {
    type: "todo.create",
    expected_version: 1,
    payload: { title: "More" },
  });
  const batch = await api.send("POST", "/api/v1/commands", {
    token: ben.token,
    body: { atomic: true, commands: [{ type: "todo.create", group_id, payload: { title: "x" } }] },
    headers: stale,
  });
  assertProblem(renamed, 412, "version-conflict");
  assert.deepEqual(currentOf(renamed), await group(ana));
  for (const answer of [created, batch]) {
    assertProblem(answer, 412, "version-conflict");
    assert.deepEqual(currentOf(answer), await group(ben));
  }
});

Deno.test("a tag of something else is refused with the state of what the command is about", async () => {
  const { ana, command, todo, group } = await scene();
  const complete = { type: "todo.complete", payload: { todo_id: "t" } };
  assert.deepEqual(currentOf(await command(ana, complete, { "if-match": '"g4"' })), await todo());
  const rename = { type: "group.rename", payload: { name: "Flat" } };
  assert.deepEqual(currentOf(await command(ana, rename, { "if-match": 'W/"g4"' })), await group());
});

Deno.test("nothing is told of what is deleted, to whom it is no business of, or for each of a list", async () => {
  const { api, ana, ben, group_id, command, todo } = await scene();
  const stranger = await somebody();
  const complete = { type: "todo.complete", payload: { todo_id: "t" } };
  const foreign = await command(stranger, complete, { "if-match": '"g1"' });
  assertProblem(foreign, 412, "version-conflict");
  assert.equal(currentOf(foreign), undefined);
  assertProblem(await command(stranger, { ...complete, expected_version: 1 }), 404);

  const list = await api.send("POST", "/api/v1/commands", {
    token: ana.token,
    body: { commands: [{ ...complete, group_id, expected_version: 1 }] },
  });
  const [outcome] = JSON.parse(list.text).outcomes;
  assert.deepEqual([outcome.problem.code, outcome.problem.version], ["version-conflict", 4]);
  assert.equal(outcome.problem.current, undefined);

  await command(ben, { type: "todo.delete", payload: { todo_id: "t" } });
  await until(async () => (await todo()).status === 404, 5_000);
  const gone = await command(ana, {
    type: "todo.restore",
    expected_version: 1,
    payload: { todo_id: "t" },
  });
  assertProblem(gone, 412, "version-conflict");
  assert.equal(currentOf(gone), undefined);
});
