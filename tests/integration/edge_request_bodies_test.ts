/** What the document says of request bodies is what the edge does: it takes the same, and refuses the same. */
import assert from "node:assert/strict";
import { reference } from "../../edge/openapi/testing/mod.ts";
import { Api } from "./_api_document.ts";
import { freshName, groupOf, type Person, send, somebody } from "./_edge_client.ts";

interface Case {
  readonly method: string;
  readonly path: string;
  readonly good: readonly object[];
  readonly bad: readonly object[];
}

const title = "Write the press note";

/** What the bodies are about. */
interface Site {
  readonly group: string;
  /** Number of a task. */
  readonly task: number;
}

/** Bodies for each endpoint; none of the good ones needs another to be sent before. */
function cases({ group, task }: Site): Case[] {
  const name = freshName;
  const password = "correct horse";
  const post = "POST";
  const nobody = "nobody-at-all";
  return [
    {
      method: post,
      path: "/api/v1/auth/register",
      good: [
        { username: name(), password },
        { username: ` ${name().toUpperCase()} `, password },
        { username: name(), password: "12345678" },
      ],
      bad: [
        { username: name() },
        { username: name(), password: "1234567" },
        { username: name(), password: "x".repeat(201) },
        { username: "ab", password },
        { username: "a b c", password },
        { username: "x".repeat(65), password },
        { username: 5, password },
        { username: name(), password: 5 },
      ],
    },
    {
      method: post,
      path: "/api/v1/auth/login",
      good: [{ username: nobody, password }, { username: nobody }, {
        username: "x",
        password: null,
      }],
      bad: [{ password }, { username: " ", password }, { username: nobody, password: 5 }],
    },
    {
      method: post,
      path: "/api/v1/auth/refresh",
      good: [{ refresh_token: "none" }],
      bad: [{ refresh_token: 5 }, { refresh_token: null }, { refresh: "none" }],
    },
    {
      method: post,
      path: "/api/v1/groups",
      good: [{ name: "Launch" }, { name: "\n Launch\t" }, { name: "x".repeat(100) }, {
        name: "„Ünïcode“ 🎉",
      }],
      bad: [{}, { name: "" }, { name: "  " }, { name: 5 }, { name: "x".repeat(101) }, {
        name: "a\0b",
      }],
    },
    {
      method: post,
      path: `/api/v1/groups/${group}/members`,
      good: [
        { username: nobody },
        { username: nobody, role: "admin" },
        { username: nobody, role: null },
        { username: nobody, role: "" },
        { username: nobody, role: " Admin " },
      ],
      bad: [
        {},
        { username: "" },
        { username: 5 },
        { username: nobody, role: "owner" },
        { username: nobody, role: 5 },
      ],
    },
    {
      method: "PATCH",
      path: `/api/v1/groups/${group}/members/role`,
      good: [{ username: nobody, role: "member" }],
      bad: [{ username: nobody }, { username: nobody, role: "owner" }, { role: "member" }],
    },
    {
      method: post,
      path: "/api/v1/command",
      good: [
        { group_id: group, title },
        { action: null, group_id: group, title, todo_id: null },
        { action: "", group_id: group, title, todo_id: "" },
        { action: "create-todo", group_id: group, title, todo_id: "t" },
        { action: "update-todo", group_id: group, title, todo_id: "t" },
        { action: "delete-todo", group_id: group, todo_id: "t" },
        { action: "delete-todo", group_id: group, todo_id: "t", title: "" },
        { action: "delete-todo", group_id: group, todo_id: "t", title: null },
        { action: " Create-TODO\n", group_id: `\t${group} `, title: "\n\u00a0a b ", todo_id: " " },
        { action: "  ", group_id: group, title: " ".repeat(600) + "x".repeat(500) + "\n" },
        { action: "UPDATE-TODO", group_id: group, title, todo_id: " t " },
        { type: "todo.create", group_id: group, payload: { title } },
        { type: "group.create", payload: { name: "Other" } },
      ],
      bad: [
        { title },
        { group_id: group },
        { group_id: group, title: "" },
        { group_id: group, title: " " },
        { group_id: group, title: 5 },
        { group_id: "a b", title },
        { group_id: group, title, extra: 1 },
        { action: "update-todo", group_id: group, title },
        { action: "update-todo", group_id: group, todo_id: "t" },
        { action: "delete-todo", group_id: group },
        { action: "dance", group_id: group, title },
        { action: "create todo", group_id: group, title },
        { group_id: group, title: "a\nb" },
        { group_id: group, title: "\u0000a" },
        { group_id: group, title: ` ${"x".repeat(501)} ` },
        { group_id: " ", title },
        { type: "todo.create", group_id: group, payload: { title: "\n0" } },
        { type: "todo.create", group_id: group, payload: { title: "\ta" } },
        { type: "todo.create", group_id: group, payload: { title: "a" + " ".repeat(600) } },
        { type: "todo.create", group_id: ` ${group}`, payload: { title } },
        { type: "todo.update", group_id: group, payload: { todo_id: "t" } },
        { action: 5, group_id: group, title },
        { type: "todo.create", payload: { title } },
        { type: "todo.dance", group_id: group, payload: { title } },
        { type: "todo.create", group_id: group, payload: { title }, extra: 1 },
      ],
    },
    {
      method: post,
      path: "/api/v1/commands",
      good: [
        { commands: [{ type: "todo.create", group_id: group, payload: { title } }] },
        { commands: [{ type: "todo.create", group_id: group, payload: { title } }], atomic: true },
        { commands: [{ type: "group.create", payload: { name: "x" } }], atomic: false },
        // Each is judged by itself: what is no command has its outcome, too.
        { commands: [{}] },
        { commands: [5, null, [], "x", { group_id: group, title }], atomic: false },
        { commands: [{ type: "todo.create", payload: { title } }] },
      ],
      bad: [
        {},
        { commands: [] },
        { commands: {} },
        { commands: Array.from({ length: 101 }, () => ({})) },
        { commands: [{ type: "todo.create", group_id: group, payload: { title } }], atomic: 1 },
        { commands: [{ type: "todo.create", payload: { title } }], atomic: true },
        { commands: [{ group_id: group, title }], atomic: true },
        { commands: [{ type: "group.create", payload: { name: "x" } }], atomic: true },
      ],
    },
    {
      method: "PATCH",
      path: "/api/v1/users/me",
      good: [
        { current_password: "wrong", username: name() },
        { current_password: "wrong", new_password: "correct donkey" },
      ],
      bad: [
        {},
        { username: name() },
        { current_password: "wrong" },
        { current_password: 5, username: name() },
        { current_password: "wrong", username: 5 },
      ],
    },
    {
      method: "DELETE",
      path: "/api/v1/users/me",
      good: [{ password: "wrong" }],
      bad: [{}, { password: 5 }, { password: null }],
    },
    {
      method: post,
      path: "/api/tasks",
      good: [
        { board_id: 987_654_321, title },
        { board_id: 987_654_321, title, description: "", created_by: 3 },
        { board_id: 987_654_321, title: ` ${title}\n` },
      ],
      bad: [
        { board_id: 987_654_321 },
        { board_id: -1, title },
        { board_id: 1.5, title },
        { board_id: "1", title },
        { board_id: 987_654_321, title: 5 },
        { board_id: 987_654_321, title, description: 5 },
        { board_id: 987_654_321, title, description: 0 },
        { board_id: 987_654_321, title, description: false },
        { board_id: 987_654_321, title, description: null },
        { board_id: 987_654_321, title, extra: 1 },
      ],
    },
    {
      method: "PUT",
      path: `/api/tasks/${task}`,
      good: [
        {},
        { title },
        { title: "" },
        { title: " " },
        { title: null },
        { description: "More" },
        { description: "" },
        { description: null },
        { completed: true },
        { completed: false, title, description: "More" },
      ],
      bad: [
        { title: 5 },
        { title: false },
        { title: "x".repeat(501) },
        { description: 0 },
        { description: 5 },
        { description: false },
        { description: [] },
        { completed: null },
        { completed: 0 },
        { completed: "true" },
        { board_id: 1 },
      ],
    },
  ];
}

async function siteOf({ token }: Person, group: string): Promise<Site> {
  const body = { board_id: 123_456_789, title };
  const answer = await send("POST", "/api/tasks", { token, body });
  assert.equal(answer.status, 201, answer.text);
  return { group, task: Number(answer.body.id) };
}

Deno.test("the edge takes the bodies that fit the document, and refuses those that do not", async () => {
  const api = await Api.read();
  const owner = await somebody();
  for (const { method, path, good, bad } of cases(await siteOf(owner, await groupOf(owner)))) {
    const content = api.placeOf(method, path)?.operation.requestBody?.content ?? {};
    const schema = content["application/json"]?.schema ?? reference("none");
    for (const body of [...good, ...bad]) {
      const { status, text } = await send(method, path, { token: owner.token, body });
      const isTaken = status !== 400 && status !== 422;
      const told = `${method} ${path} ${JSON.stringify(body)}`;
      assert.ok(status < 500, `${told} ${text}`);
      assert.equal(isTaken, good.includes(body), `${told} ${status} ${text}`);
      assert.equal(api.checks.faults(schema, body) === "", isTaken, told);
    }
  }
});
