import assert from "node:assert/strict";
import { GROUP_RESTORE_MS } from "../protocol/mod.ts";
import { emptyGroup, publicSnapshot } from "./mod.ts";
import { Scenario, team, typesOf } from "./_scenario.ts";

Deno.test("a new group has its creator as owner and three columns", () => {
  const group = new Scenario("new");
  const events = group.ok("ana", "group.create", { name: "Garden" });
  assert.deepEqual(typesOf(events), ["group.created", "member.added"]);
  const { id, name, version, columns, members } = publicSnapshot(group.state);
  assert.deepEqual([id, name, version], ["new", "Garden", 2]);
  assert.deepEqual(columns.map((column) => column.id), ["todo", "doing", "done"]);
  assert.deepEqual(members, [{ user_id: "ana", role: "owner", joined_at: events[1]?.time }]);
  assert.equal(group.state.created_by, "ana");
});

Deno.test("a group's id is taken for ever, deleted or not", () => {
  const group = team();
  group.refused("conflict", "zoe", "group.create", { name: "Mine" });
  group.ok("ana", "group.delete", {});
  group.refused("conflict", "ana", "group.create", { name: "Again" });
});

Deno.test("in a group that does not exist nothing is found", () => {
  const group = new Scenario();
  group.refused("not-found", "ana", "todo.create", { title: "x" });
  group.refused("not-found", "ana", "group.restore", {});
  group.refused("not-found", "ana", "batch", { commands: [{ type: "group.delete", payload: {} }] });
  assert.deepEqual(group.state, emptyGroup("g"));
});

Deno.test("a change of the group says what it was before", () => {
  const group = team();
  const [event] = group.ok("ada", "group.rename", { name: "Yard" });
  assert.deepEqual(event?.data, { changes: { name: { from: "Garden", to: "Yard" } } });
  assert.equal(event?.subject, "group");
  const [again] = group.ok("ada", "group.rename", { name: "Yard" });
  assert.deepEqual(again?.data, { changes: {} });
});

Deno.test("a column that holds todos cannot be removed, an empty one can", () => {
  const group = team();
  group.ok("mia", "todo.create", { todo_id: "a", title: "a", status: "doing" });
  const rest = [{ id: "todo", title: "To do" }, { id: "done", title: "Done" }];
  group.refused("conflict", "ana", "group.update_columns", { columns: rest });
  group.ok("mia", "todo.delete", { todo_id: "a" });
  group.ok("ana", "group.update_columns", { columns: rest });
  assert.deepEqual(group.state.columns, rest);
});

Deno.test("columns and labels have distinct ids", () => {
  const group = team();
  const column = { id: "x", title: "X" };
  group.refused("validation", "ana", "group.update_columns", { columns: [column, column] });
  const label = { id: "x", name: "X", color: "#000000" };
  group.refused("validation", "ana", "group.update_labels", { labels: [label, label] });
});

Deno.test("a deleted group is gone to its members and does not exist to others", () => {
  const group = team();
  group.ok("ana", "group.delete", {});
  group.refused("gone", "mia", "todo.create", { title: "x" });
  group.refused("gone", "ana", "group.delete", {});
  group.refused("gone", "ada", "group.restore", {});
  group.refused("not-found", "zoe", "group.restore", {});
});

Deno.test("its owner can restore a group for thirty days", () => {
  const group = team();
  group.ok("ana", "group.delete", {});
  group.nowMs += GROUP_RESTORE_MS - 2_000;
  assert.deepEqual(typesOf(group.ok("ana", "group.restore", {})), ["group.restored"]);
  group.ok("mia", "todo.create", { title: "x" });
  group.ok("ana", "group.delete", {});
  group.nowMs += GROUP_RESTORE_MS;
  group.refused("gone", "ana", "group.restore", {});
});

Deno.test("restoring a group that is not deleted changes nothing", () => {
  const [event] = team().ok("ana", "group.restore", {});
  assert.deepEqual(event?.data, { changes: {} });
});
