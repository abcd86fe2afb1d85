import assert from "node:assert/strict";
import { decide, publicSnapshot } from "./mod.ts";
import { causeOf, type Scenario, team, typesOf } from "./_scenario.ts";

function withTodo(): Scenario {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  return group;
}

Deno.test("undo brings the old values back and says what it undoes", () => {
  const group = withTodo();
  const command_id = causeOf(
    group.ok("mia", "todo.update", { todo_id: "a", title: "b", priority: 1 }),
  );
  const [event] = group.ok("mia", "undo", { command_id });
  assert.deepEqual(event?.data, {
    todo_id: "a",
    changes: { title: { from: "b", to: "a" }, priority: { from: 1 } },
    undoes: command_id,
  });
  assert.equal(group.todo("a").title, "a");
});

Deno.test("redo says what it undoes and what is in effect again", () => {
  const group = withTodo();
  const command_id = causeOf(group.ok("mia", "todo.update", { todo_id: "a", title: "b" }));
  const undo = causeOf(group.ok("mia", "undo", { command_id }));
  const [event] = group.ok("mia", "redo", { command_id });
  assert.deepEqual(event?.data, {
    todo_id: "a",
    changes: { title: { from: "a", to: "b" } },
    undoes: undo,
    redoes: command_id,
  });
});

Deno.test("a later change of the same field stands against undo, of another field does not", () => {
  const group = withTodo();
  const title = causeOf(group.ok("mia", "todo.update", { todo_id: "a", title: "b" }));
  group.ok("ada", "todo.update", { todo_id: "a", priority: 1 });
  group.ok("mia", "undo", { command_id: title });
  const second = causeOf(group.ok("mia", "todo.update", { todo_id: "a", title: "c" }));
  group.ok("ada", "todo.update", { todo_id: "a", title: "d" });
  const problem = group.refused("undo-conflict", "mia", "undo", { command_id: second });
  assert.match(problem.detail, /"title" of todo "a" was changed since/);
  assert.equal(group.todo("a").priority, 1);
});

Deno.test("what is undone cannot be undone again before it is redone", () => {
  const group = withTodo();
  const command_id = causeOf(group.ok("mia", "todo.complete", { todo_id: "a" }));
  group.refused("undo-conflict", "mia", "redo", { command_id });
  for (let round = 0; round < 3; round++) {
    group.ok("mia", "undo", { command_id });
    group.refused("undo-conflict", "mia", "undo", { command_id });
    group.ok("mia", "redo", { command_id });
    group.refused("undo-conflict", "mia", "redo", { command_id });
    assert.equal(group.todo("a").status, "done");
  }
});

Deno.test("undoing an undo is a redo, undoing a redo an undo again", () => {
  const group = withTodo();
  const command_id = causeOf(group.ok("mia", "todo.update", { todo_id: "a", title: "b" }));
  const undo = causeOf(group.ok("mia", "undo", { command_id }));
  const redo = causeOf(group.ok("mia", "undo", { command_id: undo }));
  assert.equal(group.todo("a").title, "b");
  group.ok("mia", "undo", { command_id: redo });
  assert.equal(group.todo("a").title, "a");
  group.ok("mia", "redo", { command_id });
  assert.equal(group.todo("a").title, "b");
});

Deno.test("undo takes the right to do the reverse", () => {
  const group = withTodo();
  const made = causeOf(group.log.slice(-1));
  group.refused("forbidden", "max", "undo", { command_id: made });
  group.refused("not-found", "zoe", "undo", { command_id: made });
  const renamed = causeOf(group.ok("ada", "group.rename", { name: "x" }));
  group.refused("forbidden", "mia", "undo", { command_id: renamed });
  const admin = causeOf(group.ok("ana", "member.change_role", { user_id: "max", role: "admin" }));
  group.refused("forbidden", "ada", "undo", { command_id: admin });
  group.ok("ana", "undo", { command_id: admin });
  group.ok("ada", "undo", { command_id: made });
});

Deno.test("only the new owner can undo a hand-over", () => {
  const group = team();
  const command_id = causeOf(group.ok("ana", "group.transfer", { user_id: "mia" }));
  group.refused("forbidden", "ana", "undo", { command_id });
  group.ok("mia", "undo", { command_id });
  const roles = publicSnapshot(group.state).members.map(({ user_id, role }) =>
    `${user_id} ${role}`
  );
  assert.deepEqual(roles, ["ana owner", "ada admin", "mia member", "max member"]);
});

Deno.test("an undone removal gives the membership back as it was", () => {
  const group = team();
  const before = publicSnapshot(group.state).members;
  const command_id = causeOf(group.ok("ada", "member.remove", { user_id: "mia" }));
  group.ok("ada", "undo", { command_id });
  assert.deepEqual(publicSnapshot(group.state).members, before);
});

Deno.test("a created todo that others have touched is not undone away", () => {
  const group = withTodo();
  const command_id = causeOf(group.log.slice(-1));
  const comment = causeOf(group.ok("max", "comment.add", { todo_id: "a", text: "Mine" }));
  group.refused("undo-conflict", "mia", "undo", { command_id });
  group.ok("max", "undo", { command_id: comment });
  group.ok("mia", "undo", { command_id });
  assert.equal(publicSnapshot(group.state).todos.length, 0);
});

Deno.test("undoing a recurring completion takes the next occurrence away", () => {
  const group = team();
  const recurrence = { rule: "FREQ=DAILY", anchor: "completion" } as const;
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", recurrence });
  const before = group.todo("a");
  const command_id = causeOf(group.ok("mia", "todo.complete", { todo_id: "a" }));
  const events = group.ok("mia", "undo", { command_id });
  assert.deepEqual(typesOf(events), ["todo.deleted", "todo.reopened"]);
  assert.deepEqual(group.todo("a").recurrence, before.recurrence);
  assert.equal(publicSnapshot(group.state).todos.length, 1);
});

Deno.test("a next occurrence that was edited prevents the undo as a whole", () => {
  const group = team();
  const recurrence = { rule: "FREQ=DAILY", anchor: "completion" } as const;
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", recurrence });
  const command_id = causeOf(group.ok("mia", "todo.complete", { todo_id: "a" }));
  const next = publicSnapshot(group.state).todos[0]?.id ?? "";
  group.ok("mia", "todo.update", { todo_id: next, title: "other" });
  group.refused("undo-conflict", "mia", "undo", { command_id });
});

Deno.test("a place taken meanwhile is not given twice", () => {
  const group = team();
  for (const id of ["a", "b"]) group.ok("mia", "todo.create", { todo_id: id, title: id });
  const command_id = causeOf(group.ok("mia", "todo.complete", { todo_id: "a" }));
  group.ok("mia", "todo.create", { todo_id: "c", title: "c", before: "b" });
  group.ok("mia", "undo", { command_id });
  const positions = publicSnapshot(group.state).todos.map((todo) => todo.position);
  assert.equal(new Set(positions).size, 3);
});

Deno.test("a column gone meanwhile prevents the way back into it", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", status: "doing" });
  const command_id = causeOf(group.ok("mia", "todo.move", { todo_id: "a", status: "todo" }));
  group.ok("ana", "group.update_columns", { columns: [{ id: "todo", title: "To do" }] });
  group.refused("undo-conflict", "mia", "undo", { command_id });
});

Deno.test("a deleted group comes back by undo, and nothing else of it is undone", () => {
  const group = withTodo();
  const made = causeOf(group.log.slice(-1));
  const command_id = causeOf(group.ok("ana", "group.delete", {}));
  group.refused("gone", "ana", "undo", { command_id: made });
  group.refused("gone", "ada", "undo", { command_id });
  assert.deepEqual(typesOf(group.ok("ana", "undo", { command_id })), ["group.restored"]);
});

Deno.test("creating a group is not undone", () => {
  const group = team();
  const command_id = causeOf(group.log);
  group.refused("undo-conflict", "ana", "undo", { command_id });
});

Deno.test("an unknown command is not found", () => {
  const group = team();
  group.refused("not-found", "ana", "undo", { command_id: group.nextId() });
  group.refused("not-found", "ana", "redo", { command_id: group.nextId() });
});

Deno.test("to be asked for an undo without its events is a fault of the caller", () => {
  const group = withTodo();
  const command_id = causeOf(group.log.slice(-1));
  const command = {
    command_id: group.nextId(),
    group_id: "g",
    actor: "mia",
    type: "undo",
    payload: { command_id },
  } as const;
  const context = { nowMs: group.nowMs, hash: "h" };
  assert.throws(() => decide(group.state, command, context), TypeError);
});
