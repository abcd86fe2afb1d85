/**
 * Taskboard's calls as its own clients send them, with a bearer header added: they know boards and tasks by
 * number, and nothing else of the platform.
 */
import assert from "node:assert/strict";
import {
  addMember,
  assertProblem,
  groupOf,
  type Options,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";
import { Api } from "./_api_document.ts";
import { until } from "./_until.ts";

interface Task {
  readonly id: number;
  readonly board_id: number;
  readonly title: string;
  readonly description?: string;
  readonly completed?: boolean;
  readonly created_by: number;
  readonly created_at: { readonly seconds: number; readonly nanos?: number };
  readonly updated_at: { readonly seconds: number; readonly nanos?: number };
}

interface Page {
  readonly tasks: readonly Task[];
  readonly total_count: number;
  readonly page: number;
  readonly page_size: number;
}

async function call(person: Person, method: string, path: string, options: Options = {}) {
  const answer = await send(method, path, { token: person.token, ...options });
  return { ...answer, json: answer.body as unknown };
}

async function create(person: Person, body: object): Promise<Task> {
  const { status, text, json } = await call(person, "POST", "/api/tasks", { body });
  assert.equal(status, 201, text);
  return json as Task;
}

async function page(person: Person, query = ""): Promise<Page> {
  const { status, text, json } = await call(person, "GET", `/api/tasks${query}`);
  assert.equal(status, 200, text);
  return json as Page;
}

const FIRST = {
  board_id: 1,
  title: "My first task",
  description: "Testing the API",
  created_by: 100,
};

Deno.test("Taskboard's calls work for somebody new: create, list, read, update, delete", async () => {
  const ana = await somebody();
  const task = await create(ana, FIRST);
  assert.deepEqual([task.board_id, task.title, task.description, task.completed], [
    1,
    FIRST.title,
    FIRST.description,
    undefined,
  ]);
  assert.ok(Number.isSafeInteger(task.id) && task.created_at.seconds > 1_700_000_000);

  assert.deepEqual(await page(ana, "?board_id=1"), {
    tasks: [task],
    total_count: 1,
    page: 1,
    page_size: 10,
  });
  const path = `/api/tasks/${task.id}`;
  assert.deepEqual((await call(ana, "GET", path)).json, task);

  const updated = await call(ana, "PUT", path, { body: { completed: true } });
  assert.equal(updated.status, 200, updated.text);
  assert.equal((updated.json as Task).completed, true);
  const cleared = await call(ana, "PUT", path, { body: { title: "Other", description: "" } });
  assert.deepEqual(
    [(cleared.json as Task).title, (cleared.json as Task).description],
    ["Other", undefined],
  );
  assert.deepEqual((await call(ana, "PUT", path, { body: {} })).json, cleared.json);
  for (const headers of [{ "if-match": "v1" }, { "idempotency-key": '"' }]) {
    assertProblem(await call(ana, "PUT", path, { body: {}, headers }), 400, "malformed");
  }

  assert.equal((await call(ana, "DELETE", path)).status, 204);
  for (const [method, body] of [["GET"], ["PUT", { title: "x" }], ["DELETE"]] as const) {
    assertProblem(await call(ana, method, path, body ? { body } : {}), 404, "not-found");
  }
  assert.equal((await page(ana)).total_count, 0);
});

Deno.test("pages are newest first, and can be narrowed to what is done or not", async () => {
  const ana = await somebody();
  const ids: number[] = [];
  for (let n = 1; n <= 12; n++) ids.unshift((await create(ana, { title: `Task ${n}` })).id);
  await call(ana, "PUT", `/api/tasks/${ids[3]}`, { body: { completed: true } });
  const idsOf = ({ tasks }: Page) => tasks.map(({ id }) => id);
  assert.deepEqual(idsOf(await page(ana)), ids.slice(0, 10));
  const second = await page(ana, "?board_id=1&page=2&page_size=5");
  assert.deepEqual([idsOf(second), second.total_count, second.page, second.page_size], [
    ids.slice(5, 10),
    12,
    2,
    5,
  ]);
  const beyond = await page(ana, "?page=9");
  assert.deepEqual([beyond.tasks, beyond.total_count], [[], 12]);
  assert.deepEqual(idsOf(await page(ana, "?completed=true")), [ids[3]]);
  assert.equal((await page(ana, "?completed=false&page_size=1000")).page_size, 100);
  assert.equal((await page(ana, "?completed=false")).total_count, 11);
});

Deno.test("boards are the caller's groups, under numbers of their own; an unused number is a new board", async () => {
  const [ana, ben] = [await somebody(), await somebody()];
  const groupId = await groupOf(ana, "Garden");
  const shared = await create(ana, { board_id: 1, title: "In the garden" });
  const todos = await send("GET", `/api/v1/todos?group_id=${groupId}`, { token: ana.token });
  assert.deepEqual(todos.body.todos.map(({ title }) => title), ["In the garden"]);

  assert.deepEqual((await page(ana, "?board_id=7")).tasks, []);
  assert.equal((await create(ana, { board_id: 7, title: "Elsewhere" })).board_id, 7);
  const groups = await send("GET", "/api/v1/groups", { token: ana.token });
  assert.match(groups.text, /"group_name":"Board 7"/);

  await create(ben, { title: "Ben's own" });
  assert.deepEqual((await page(ben)).tasks.map(({ title }) => title), ["Ben's own"]);
  assertProblem(await call(ben, "GET", `/api/tasks/${shared.id}`), 404, "not-found");
  await addMember(ana, groupId, ben);
  const seen = (await page(ben, "?board_id=2")).tasks;
  assert.deepEqual(seen.map(({ id, title }) => [id, title]), [[shared.id, "In the garden"]]);
  assert.equal(seen[0]?.created_by, shared.created_by);
});

Deno.test("a board whose group is deleted, or was left, begins anew when something is put on it", async () => {
  const [ana, ben] = [await somebody(), await somebody()];
  const groupId = await groupOf(ana, "Short-lived");
  await create(ana, { title: "Goes with the group" });
  await addMember(ana, groupId, ben);
  const left = await create(ben, { title: "Stays behind" });
  const leave = await call(ben, "DELETE", `/api/v1/groups/${groupId}/members/${ben.userId}`);
  assert.equal(leave.status, 204, leave.text);
  assertProblem(await call(ben, "GET", `/api/tasks/${left.id}`), 404, "not-found");
  await create(ben, { title: "On a new board" });
  assert.deepEqual((await page(ben)).tasks.map(({ title }) => title), ["On a new board"]);

  assert.equal((await call(ana, "DELETE", `/api/v1/groups/${groupId}`)).status, 204);
  assert.deepEqual((await page(ana)).tasks, []);
  await create(ana, { title: "After it" });
  assert.deepEqual((await page(ana)).tasks.map(({ title }) => title), ["After it"]);
});

Deno.test("tasks that are created at the same time on a new board are all on it", async () => {
  const ana = await somebody();
  const tasks = await Promise.all(
    Array.from({ length: 8 }, (_, n) => create(ana, { board_id: 3, title: `Task ${n}` })),
  );
  assert.equal(new Set(tasks.map(({ id }) => id)).size, 8);
  assert.equal((await page(ana, "?board_id=3")).total_count, 8);
});

Deno.test("a task that need not be waited for is put on a board that is new, or whose group is gone", async () => {
  const ana = await somebody();
  const headers = { prefer: "respond-async" };
  const put = async (title: string) => {
    const body = { board_id: 77, title };
    const taken = await call(ana, "POST", "/api/tasks", { body, headers });
    assert.equal(taken.status, 202, taken.text);
    assert.equal(taken.headers.get("preference-applied"), "respond-async");
    const location = taken.headers.get("location") ?? "";
    let seen = "";
    await until(
      async () => (seen = (await call(ana, "GET", location)).text).includes('"status":"committed"'),
      5_000,
      () => seen,
    );
    const { tasks } = await page(ana, "?board_id=77");
    assert.deepEqual(tasks.map((task) => task.title), [title]);
  };
  await put("On a new board");
  const { text } = await send("GET", "/api/v1/groups", { token: ana.token });
  const [, groupId] = /"group_id":"([^"]+)"/.exec(text) ?? [];
  assert.equal((await call(ana, "DELETE", `/api/v1/groups/${groupId}`)).status, 204);
  await put("After it");
});

Deno.test("a task that is sent twice under one key is one task", async () => {
  const ana = await somebody();
  const headers = { "idempotency-key": crypto.randomUUID() };
  const once = await call(ana, "POST", "/api/tasks", { body: { title: "Once" }, headers });
  assert.equal(once.status, 201, once.text);
  const again = await call(ana, "POST", "/api/tasks", { body: { title: "Once" }, headers });
  assert.deepEqual([again.status, again.json], [201, once.json]);
  const path = `/api/tasks/${(once.json as Task).id}`;
  const done = { body: { completed: true }, headers: { "idempotency-key": crypto.randomUUID() } };
  const updates = [await call(ana, "PUT", path, done), await call(ana, "PUT", path, done)];
  const replayed = [once, again, ...updates].map(({ headers }) =>
    headers.get("idempotency-replayed")
  );
  assert.deepEqual(replayed, [null, "true", null, "true"]);
  assert.equal((await page(ana)).total_count, 1);
});

Deno.test("a task that is sent again under its key after it was changed, or deleted, is what it was", async () => {
  const ana = await somebody();
  const headers = { "idempotency-key": crypto.randomUUID() };
  const post = () => call(ana, "POST", "/api/tasks", { body: { title: "Once" }, headers });
  const once = await post();
  const path = `/api/tasks/${(once.json as Task).id}`;
  const rename = { body: { title: "Twice" }, headers: { "idempotency-key": "rename" } };
  const renamed = await call(ana, "PUT", path, rename);
  assert.deepEqual([renamed.status, (renamed.json as Task).title], [200, "Twice"]);
  const later = { body: { title: "Thrice", description: "Later", completed: true } };
  assert.equal((await call(ana, "PUT", path, later)).status, 200);
  for (const title of ["Thrice", undefined]) {
    if (!title) assert.equal((await call(ana, "DELETE", path)).status, 204);
    const put = await call(ana, "PUT", path, rename);
    assert.deepEqual([put.status, put.json], [200, renamed.json]);
    assert.equal(put.headers.get("idempotency-replayed"), "true");
    const again = await post();
    assert.deepEqual([again.status, again.json], [201, once.json]);
    assert.equal(again.headers.get("idempotency-replayed"), "true");
    assert.deepEqual((await page(ana)).tasks.map((task) => task.title), title ? [title] : []);
  }
  assertProblem(await call(ana, "PUT", path, later), 404, "not-found");
});

Deno.test("a key that was used on a board is of use on it when the board has begun anew, and on no other", async () => {
  const ana = await somebody();
  const post = (board_id: number) =>
    call(ana, "POST", "/api/tasks", {
      body: { board_id, title: "Kept up" },
      headers: { "idempotency-key": "every Monday" },
    });
  assert.equal((await post(5)).status, 201);
  assertProblem(await post(6), 422, "idempotency-mismatch");
  const { text } = await send("GET", "/api/v1/groups", { token: ana.token });
  const [, groupId] = /"group_id":"([^"]+)","[^}]*Board 5/.exec(text) ?? [];
  assert.equal((await call(ana, "DELETE", `/api/v1/groups/${groupId}`)).status, 204);
  for (let times = 0; times < 2; times++) assert.equal((await post(5)).status, 201);
  assert.equal((await page(ana, "?board_id=5")).total_count, 1);
});

Deno.test("the board with the highest number is a board like any other, and leaves room for more", async () => {
  const ana = await somebody();
  const last = 2 ** 31 - 1;
  const task = await create(ana, { board_id: last, title: "Last" });
  assert.deepEqual((await page(ana, `?board_id=${last}`)).tasks, [task]);
  const beyond = { body: { board_id: last + 1, title: "Beyond" } };
  assertProblem(await call(ana, "POST", "/api/tasks", beyond), 400, "malformed");
  assertProblem(await call(ana, "GET", `/api/tasks?board_id=${last + 1}`), 400, "malformed");
  const groupId = await groupOf(ana, "Later");
  const later = await create(ana, { board_id: 1, title: "In the group" });
  const todos = await send("GET", `/api/v1/todos?group_id=${groupId}`, { token: ana.token });
  assert.deepEqual(todos.body.todos.map(({ title }) => title), [later.title]);
});

Deno.test("what Taskboard's clients leave empty is as if it were not there", async () => {
  const ana = await somebody();
  const task = await create(ana, { title: "Stays" });
  for (const body of [{ title: "" }, { title: " " }, { title: null }]) {
    const answer = await call(ana, "PUT", `/api/tasks/${task.id}`, { body });
    assert.deepEqual([answer.status, answer.json], [200, task], answer.text);
  }
  const both = { title: "", completed: true };
  const done = (await call(ana, "PUT", `/api/tasks/${task.id}`, { body: both })).json as Task;
  assert.deepEqual([done.title, done.completed], ["Stays", true]);

  const names = ["board_id", "page", "page_size", "completed"];
  const empty = await page(ana, `?${names.map((name) => `${name}=`).join("&")}`);
  assert.deepEqual(empty, { tasks: [done], total_count: 1, page: 1, page_size: 10 });
  const { operation } = (await Api.read()).placeOf("GET", "/api/tasks") ?? {};
  const told = (operation?.parameters ?? []) as readonly {
    readonly name: string;
    readonly allowEmptyValue?: boolean;
  }[];
  const mayBeEmpty = told.filter(({ allowEmptyValue }) => allowEmptyValue);
  assert.deepEqual(mayBeEmpty.map(({ name }) => name), names);
});

Deno.test("bad calls are refused with a reason and change nothing", async () => {
  const ana = await somebody();
  const { id } = await create(ana, { title: "Stays" });
  const bodies = [
    {},
    { title: "" },
    { title: 3 },
    { title: "x", board_id: -1 },
    { title: "x", board_id: "1" },
    { title: "x", more: 1 },
    { title: "x".repeat(10_000) },
  ];
  for (const body of bodies) {
    const answer = await call(ana, "POST", "/api/tasks", { body });
    assert.ok([400, 422].includes(answer.status), answer.text);
    assertProblem(answer, answer.status);
    const { error, message } = answer.json as { readonly error: string; readonly message: string };
    assert.ok(error.length > 0 && message === error, answer.text);
  }
  for (const body of [{ title: 3 }, { completed: "yes" }, { description: 1 }, { id: 3 }]) {
    const answer = await call(ana, "PUT", `/api/tasks/${id}`, { body });
    assert.ok([400, 422].includes(answer.status), answer.text);
  }
  for (const query of ["?page=x", "?board_id=-1", "?completed=maybe"]) {
    assertProblem(await call(ana, "GET", `/api/tasks${query}`), 400, "malformed");
  }
  for (const wrong of ["0", "x", "999999999", "1e3"]) {
    assertProblem(await call(ana, "GET", `/api/tasks/${wrong}`), 404, "not-found");
  }
  assertProblem(await send("GET", "/api/tasks"), 401, "unauthenticated");
  assert.deepEqual((await page(ana)).tasks.map(({ title }) => title), ["Stays"]);
});
