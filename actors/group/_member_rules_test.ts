import assert from "node:assert/strict";
import { MEMBERS_PER_GROUP } from "../protocol/mod.ts";
import { memberRole, membersOf } from "./mod.ts";
import { team, typesOf } from "./_scenario.ts";

Deno.test("adding somebody twice is no error in the same role and a conflict in another", () => {
  const group = team();
  assert.deepEqual(group.ok("ada", "member.add", { user_id: "mia", role: "member" })[0]?.data, {
    changes: {},
  });
  group.refused("conflict", "ana", "member.add", { user_id: "mia", role: "admin" });
  group.refused("conflict", "ada", "member.add", { user_id: "ana", role: "member" });
  assert.equal(memberRole(group.state, "ana"), "owner");
});

Deno.test("the owner's role is neither changed nor removed, only handed over", () => {
  const group = team();
  group.refused("forbidden", "ada", "member.change_role", { user_id: "ana", role: "member" });
  group.refused("conflict", "ana", "member.change_role", { user_id: "ana", role: "member" });
  group.refused("forbidden", "ada", "member.remove", { user_id: "ana" });
  group.refused("conflict", "ana", "member.remove", { user_id: "ana" });
});

Deno.test("handing over makes the old owner admin and the other owner in one commit", () => {
  const group = team();
  const events = group.ok("ana", "group.transfer", { user_id: "mia" });
  assert.deepEqual(events.map((event) => event.data), [
    { user_id: "ana", from: "owner", to: "admin" },
    { user_id: "mia", from: "member", to: "owner" },
  ]);
  assert.equal(events[1]?.subject, "members/mia");
  group.ok("ana", "member.remove", { user_id: "ana" });
  group.refused("not-found", "ana", "todo.create", { title: "x" });
});

Deno.test("handing over needs another member", () => {
  const group = team();
  group.refused("validation", "ana", "group.transfer", { user_id: "ana" });
  group.refused("not-found", "ana", "group.transfer", { user_id: "zoe" });
});

Deno.test("a role is changed from and to", () => {
  const group = team();
  const [event] = group.ok("ana", "member.change_role", { user_id: "mia", role: "admin" });
  assert.deepEqual(event?.data, { user_id: "mia", from: "member", to: "admin" });
  group.refused("not-found", "ana", "member.change_role", { user_id: "zoe", role: "admin" });
});

Deno.test("a removal says what the membership was", () => {
  const group = team();
  const joined_at = membersOf(group.state).find((member) => member.user_id === "mia")?.joined_at;
  const events = group.ok("ada", "member.remove", { user_id: "mia" });
  assert.deepEqual(typesOf(events), ["member.removed"]);
  assert.deepEqual(events[0]?.data, { user_id: "mia", role: "member", joined_at });
  group.refused("not-found", "ana", "member.remove", { user_id: "mia" });
});

Deno.test("a group takes no more members than the limit", () => {
  const group = team();
  for (let n = group.state.members.size; n < MEMBERS_PER_GROUP; n++) {
    group.ok("ana", "member.add", { user_id: `u${n}`, role: "member" });
  }
  group.refused("conflict", "ana", "member.add", { user_id: "zoe", role: "member" });
  group.ok("ana", "member.add", { user_id: "u9", role: "member" });
});
