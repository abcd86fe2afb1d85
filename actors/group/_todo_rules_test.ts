import assert from "node:assert/strict";
import { OPEN_TODOS_PER_GROUP } from "../protocol/mod.ts";
import { publicSnapshot, visibleTodos } from "./mod.ts";
import { causeOf, type Scenario, team, typesOf } from "./_scenario.ts";

function titles(group: Scenario): string[] {
  return visibleTodos(group.state).map((todo) => `${todo.status}:${todo.title}`);
}

Deno.test("a todo made by title alone stands open at the end of the first column", () => {
  const group = team();
  const [event] = group.ok("mia", "todo.create", { title: "Water the beans" });
  const id = event?.causationid ?? "";
  const todo = group.todo(id);
  assert.deepEqual(todo, {
    id,
    number: 1,
    title: "Water the beans",
    status: "todo",
    completed: false,
    position: todo.position,
    created_by: "mia",
    created_at: event?.time,
    updated_by: "mia",
    updated_at: event?.time,
    version: group.state.version,
  });
  assert.equal(event?.subject, `todos/${id}`);
  assert.equal(event?.source, "/groups/g");
  assert.equal(event?.dataschema, "/schemas/todo.created/1.json");
  assert.equal(event?.sequence, String(group.state.version).padStart(10, "0"));
});

Deno.test("numbers count up in the group and are not used again after a deletion", () => {
  const group = team();
  for (const id of ["a", "b"]) group.ok("mia", "todo.create", { todo_id: id, title: id });
  group.ok("mia", "todo.delete", { todo_id: "b" });
  group.ok("mia", "todo.create", { todo_id: "c", title: "c" });
  assert.equal(group.todo("c").number, 3);
});

Deno.test("an id that a todo has or had is refused for another", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  group.refused("conflict", "max", "todo.create", { todo_id: "a", title: "again" });
  group.ok("mia", "todo.delete", { todo_id: "a" });
  group.refused("conflict", "max", "todo.create", { todo_id: "a", title: "again" });
});

Deno.test("names of the language's own objects are ordinary ids", () => {
  const group = team();
  for (const id of ["__proto__", "constructor", "toString"]) {
    group.refused("not-found", "mia", "todo.update", { todo_id: id, title: "x" });
    group.ok("mia", "todo.create", { todo_id: id, title: id });
    group.ok("ana", "member.add", { user_id: id, role: "member" });
    group.ok("mia", "todo.update", { todo_id: id, assignee: id });
  }
  assert.equal(publicSnapshot(group.state).todos.length, 3);
  assert.equal(publicSnapshot(group.state).members.length, 7);
});

Deno.test("status, assignee and labels must exist in the group", () => {
  const group = team();
  const make = { todo_id: "a", title: "a" };
  for (
    const [field, value] of [["status", "later"], ["assignee", "zoe"], ["labels", ["hot"]]] as const
  ) {
    const problem = group.refused("validation", "mia", "todo.create", { ...make, [field]: value });
    assert.equal(problem.errors?.[0]?.pointer, `/payload/${field}`);
  }
  group.ok("ana", "group.update_labels", {
    labels: [{ id: "hot", name: "Hot", color: "#ff0000" }],
  });
  group.ok("mia", "todo.create", { ...make, status: "doing", assignee: "max", labels: ["hot"] });
  group.refused("validation", "mia", "todo.update", { todo_id: "a", status: "later" });
  group.refused("validation", "mia", "todo.update", { todo_id: "a", assignee: "zoe" });
  group.refused("validation", "mia", "todo.update", { todo_id: "a", labels: ["cold"] });
  group.refused("validation", "mia", "todo.update", { todo_id: "a", labels: ["hot", "hot"] });
});

Deno.test("a label that is gone from the group may stay on the todo that has it", () => {
  const group = team();
  group.ok("ana", "group.update_labels", {
    labels: [{ id: "hot", name: "Hot", color: "#ff0000" }],
  });
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", labels: ["hot"] });
  group.ok("ana", "group.update_labels", { labels: [] });
  group.ok("mia", "todo.update", { todo_id: "a", title: "b", labels: ["hot"] });
  group.ok("mia", "todo.update", { todo_id: "a", labels: null });
  group.refused("validation", "mia", "todo.update", { todo_id: "a", labels: ["hot"] });
});

Deno.test("an update changes the named fields only and says what they were", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", priority: 2, description: "text" });
  const [event] = group.ok("mia", "todo.update", { todo_id: "a", title: "b", priority: null });
  assert.equal(event?.type, "com.todo1m.todo.updated");
  assert.deepEqual(event?.data, {
    todo_id: "a",
    changes: { title: { from: "a", to: "b" }, priority: { from: 2 } },
  });
  assert.equal(group.todo("a").description, "text");
  assert.equal("priority" in group.todo("a"), false);
});

Deno.test("empty text and empty lists mean that the field is absent", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", description: "", labels: [] });
  assert.deepEqual(Object.keys(group.todo("a")).filter((key) => /desc|labels/.test(key)), []);
  group.ok("mia", "todo.update", {
    todo_id: "a",
    checklist: [{ id: "1", text: "x", done: false }],
  });
  group.ok("mia", "todo.update", { todo_id: "a", checklist: [] });
  assert.equal("checklist" in group.todo("a"), false);
});

Deno.test("a command that changes nothing is accepted with empty changes", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  group.ok("mia", "todo.complete", { todo_id: "a" });
  const before = group.todo("a");
  for (
    const events of [
      group.ok("mia", "todo.update", { todo_id: "a", title: "a" }),
      group.ok("mia", "todo.complete", { todo_id: "a" }),
      group.ok("mia", "todo.restore", { todo_id: "a" }),
      group.ok("mia", "todo.move", { todo_id: "a", status: "done" }),
    ]
  ) {
    assert.deepEqual(typesOf(events), ["todo.updated"]);
    assert.deepEqual(events[0]?.data, { todo_id: "a", changes: {} });
  }
  const { version: _a, updated_at: _b, ...left } = before;
  const { version: _c, updated_at: _d, ...right } = group.todo("a");
  assert.deepEqual(right, left);
});

Deno.test("completing moves a todo to done, reopening moves it back to the first open column", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", status: "doing" });
  const completed = group.ok("mia", "todo.complete", { todo_id: "a" });
  assert.deepEqual(typesOf(completed), ["todo.completed"]);
  assert.equal(group.todo("a").status, "done");
  assert.equal(group.todo("a").completed_at, completed[0]?.time);
  assert.equal(group.state.open_todos, 0);
  const reopened = group.ok("mia", "todo.reopen", { todo_id: "a" });
  assert.deepEqual(typesOf(reopened), ["todo.reopened"]);
  assert.equal(group.todo("a").status, "todo");
  assert.equal("completed_at" in group.todo("a"), false);
  assert.equal(group.state.open_todos, 1);
});

Deno.test("moving into done completes, moving out of it reopens, by move and by update", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  const seen = [
    group.ok("mia", "todo.move", { todo_id: "a", status: "done" }),
    group.ok("mia", "todo.move", { todo_id: "a", status: "doing" }),
    group.ok("mia", "todo.update", { todo_id: "a", status: "done" }),
    group.ok("mia", "todo.update", { todo_id: "a", completed: false }),
    group.ok("mia", "todo.update", { todo_id: "a", status: "doing" }),
    group.ok("mia", "todo.update", { todo_id: "a", completed: true, title: "b" }),
  ].flatMap(typesOf);
  assert.deepEqual(seen, [
    "todo.completed",
    "todo.reopened",
    "todo.completed",
    "todo.reopened",
    "todo.moved",
    "todo.completed",
  ]);
  assert.deepEqual(titles(group), ["done:b"]);
});

Deno.test("an update that contradicts itself about completion is refused", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  const say = (status: string, completed: boolean) => ({ todo_id: "a", status, completed });
  group.refused("validation", "mia", "todo.update", say("doing", true));
  group.refused("validation", "mia", "todo.update", say("todo", true));
  group.refused("validation", "mia", "todo.update", say("done", false));
  group.ok("mia", "todo.update", say("done", true));
  group.refused("validation", "mia", "todo.update", say("done", false));
});

Deno.test("without a column done, completion and column are independent", () => {
  const group = team();
  group.ok("ana", "group.update_columns", {
    columns: [{ id: "x", title: "X" }, { id: "y", title: "Y" }],
  });
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  assert.equal(group.todo("a").status, "x");
  group.ok("mia", "todo.complete", { todo_id: "a" });
  assert.deepEqual(titles(group), ["x:a"]);
  assert.deepEqual(typesOf(group.ok("mia", "todo.move", { todo_id: "a", status: "y" })), [
    "todo.moved",
  ]);
  assert.equal(group.todo("a").completed, true);
});

Deno.test("a todo created in done is completed", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", status: "done" });
  assert.equal(group.todo("a").completed, true);
  assert.equal(group.todo("a").completed_at, group.todo("a").created_at);
  assert.equal(group.state.open_todos, 0);
});

Deno.test("todos are placed before, after and behind others", () => {
  const group = team();
  for (const id of ["a", "b", "c"]) group.ok("mia", "todo.create", { todo_id: id, title: id });
  group.ok("mia", "todo.create", { todo_id: "d", title: "d", before: "b" });
  assert.deepEqual(titles(group), ["todo:a", "todo:d", "todo:b", "todo:c"]);
  group.ok("mia", "todo.move", { todo_id: "c", status: "todo", before: "a" });
  group.ok("mia", "todo.move", { todo_id: "a", status: "todo", after: "b" });
  assert.deepEqual(titles(group), ["todo:c", "todo:d", "todo:b", "todo:a"]);
  group.ok("mia", "todo.move", { todo_id: "d", status: "todo" });
  assert.deepEqual(titles(group), ["todo:c", "todo:b", "todo:a", "todo:d"]);
  group.ok("mia", "todo.move", { todo_id: "d", status: "doing" });
  group.ok("mia", "todo.move", { todo_id: "b", status: "doing", before: "d" });
  assert.deepEqual(titles(group), ["todo:c", "todo:a", "doing:b", "doing:d"]);
});

Deno.test("a move to where a todo stands changes nothing", () => {
  const group = team();
  for (const id of ["a", "b", "c"]) group.ok("mia", "todo.create", { todo_id: id, title: id });
  const events = [
    group.ok("mia", "todo.move", { todo_id: "a", status: "todo", before: "b" }),
    group.ok("mia", "todo.move", { todo_id: "b", status: "todo", after: "a" }),
    group.ok("mia", "todo.move", { todo_id: "c", status: "todo" }),
  ];
  for (const [event] of events) assert.deepEqual(event?.data, { ...event?.data, changes: {} });
});

Deno.test("a neighbour must be another todo of the column", () => {
  const group = team();
  for (const id of ["a", "b"]) group.ok("mia", "todo.create", { todo_id: id, title: id });
  const move = { todo_id: "a", status: "doing" };
  const problem = group.refused("validation", "mia", "todo.move", { ...move, before: "b" });
  assert.equal(problem.errors?.[0]?.pointer, "/payload/before");
  group.refused("validation", "mia", "todo.move", { ...move, after: "zzz" });
  group.refused("validation", "mia", "todo.move", { todo_id: "a", status: "todo", after: "a" });
  group.refused("validation", "mia", "todo.create", { title: "c", after: "zzz" });
});

Deno.test("a deletion carries the whole todo and can be taken back in its old place", () => {
  const group = team();
  for (const id of ["a", "b"]) group.ok("mia", "todo.create", { todo_id: id, title: id });
  group.ok("mia", "comment.add", { todo_id: "a", text: "soon" });
  const before = group.todo("a");
  const [event] = group.ok("mia", "todo.delete", { todo_id: "a" });
  assert.deepEqual(event?.data, { todo: before });
  group.refused("not-found", "mia", "todo.update", { todo_id: "a", title: "x" });
  group.refused("not-found", "mia", "todo.delete", { todo_id: "a" });
  group.ok("mia", "todo.restore", { todo_id: "a" });
  assert.deepEqual(titles(group), ["todo:a", "todo:b"]);
  assert.deepEqual(group.todo("a").comments, before.comments);
  assert.equal(group.todo("a").version, group.state.version);
});

Deno.test("a restored todo finds another place when its own or its column is gone", () => {
  const group = team();
  for (const id of ["a", "b"]) group.ok("mia", "todo.create", { todo_id: id, title: id });
  group.ok("mia", "todo.delete", { todo_id: "a" });
  group.ok("mia", "todo.create", { todo_id: "c", title: "c", before: "b" });
  group.ok("mia", "todo.restore", { todo_id: "a" });
  const positions = visibleTodos(group.state).map((todo) => todo.position);
  assert.equal(new Set(positions).size, 3);
  group.ok("mia", "todo.move", { todo_id: "a", status: "doing" });
  group.ok("mia", "todo.delete", { todo_id: "a" });
  group.ok("ana", "group.update_columns", { columns: [{ id: "todo", title: "To do" }] });
  group.ok("mia", "todo.restore", { todo_id: "a" });
  assert.equal(group.todo("a").status, "todo");
});

Deno.test("completing a recurring todo makes the next occurrence in the same commit", () => {
  const group = team();
  group.ok("mia", "todo.create", {
    todo_id: "a",
    title: "Rent",
    status: "doing",
    due: { date: "2026-01-31", time: "08:00", tz: "Europe/Berlin" },
    recurrence: { rule: "FREQ=MONTHLY;BYMONTHDAY=31", anchor: "schedule" },
    checklist: [{ id: "1", text: "Pay", done: true }],
    reminders: [{ id: "r", before_due_minutes: 30 }, { id: "s", at: "2026-01-30T08:00:00Z" }],
  });
  const events = group.ok("ada", "todo.complete", { todo_id: "a" });
  assert.deepEqual(typesOf(events), ["todo.completed", "todo.created"]);
  const next = visibleTodos(group.state)[0];
  assert.deepEqual(next?.due, { date: "2026-02-28", time: "08:00", tz: "Europe/Berlin" });
  assert.equal(next?.number, 2);
  assert.equal(next?.status, "todo");
  assert.equal(next?.created_by, "mia");
  assert.deepEqual(next?.checklist, [{ id: "1", text: "Pay", done: false }]);
  assert.deepEqual(next?.reminders, [{ id: "r", before_due_minutes: 30 }]);
  assert.equal(causeOf(events.slice(1)), causeOf(events));
});

Deno.test("a recurring todo that is reopened and completed again has one successor", () => {
  const group = team();
  group.ok("mia", "todo.create", {
    todo_id: "a",
    title: "Rent",
    recurrence: { rule: "FREQ=DAILY", anchor: "completion" },
  });
  group.ok("mia", "todo.complete", { todo_id: "a" });
  group.ok("mia", "todo.reopen", { todo_id: "a" });
  assert.equal(group.ok("mia", "todo.complete", { todo_id: "a" }).length, 1);
  assert.equal(visibleTodos(group.state).length, 2);
  assert.deepEqual(visibleTodos(group.state)[0]?.due, { date: "2026-03-03" });
});

Deno.test("a rule that means nothing is refused", () => {
  const group = team();
  const recurrence = { rule: "FREQ=WEEKLY;BYMONTHDAY=3", anchor: "schedule" } as const;
  const problem = group.refused("validation", "mia", "todo.create", { title: "a", recurrence });
  assert.equal(problem.errors?.[0]?.pointer, "/payload/recurrence/rule");
});

Deno.test("expected_version is the todo's where the payload names one, else the group's", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  const { version } = group.todo("a");
  group.ok("max", "todo.create", { todo_id: "b", title: "b" });
  group.ok("mia", "todo.update", { todo_id: "a", title: "c" }, { expected_version: version });
  const stale = { expected_version: version };
  const problem = group.refused("version-conflict", "mia", "todo.delete", { todo_id: "a" }, stale);
  assert.equal(problem.version, group.todo("a").version);
  const named = group.refused("version-conflict", "ana", "group.rename", { name: "x" }, stale);
  assert.equal(named.version, group.state.version);
  group.ok("ana", "group.rename", { name: "x" }, { expected_version: group.state.version });
  group.refused("forbidden", "max", "todo.update", { todo_id: "a", title: "x" }, stale);
});

Deno.test("a group holds no more open todos than the limit, however they come to be open", () => {
  const group = team();
  const make = (n: number) => group.ok("mia", "todo.create", { todo_id: `t${n}`, title: "t" });
  for (let n = 0; n < OPEN_TODOS_PER_GROUP; n++) make(n);
  group.refused("conflict", "mia", "todo.create", { title: "one more" });
  group.ok("mia", "todo.create", { title: "done already", status: "done" });
  group.ok("mia", "todo.complete", { todo_id: "t0" });
  group.ok("mia", "todo.create", { title: "room again" });
  group.refused("conflict", "mia", "todo.reopen", { todo_id: "t0" });
  group.ok("mia", "todo.delete", { todo_id: "t1" });
  group.ok("mia", "todo.reopen", { todo_id: "t0" });
  group.refused("conflict", "mia", "todo.restore", { todo_id: "t1" });
});
