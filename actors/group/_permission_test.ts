/** The role table of the domain, row by row, against the commands themselves. */
import assert from "node:assert/strict";
import { allows, CAPABILITIES, type Capability, type CommandBody, ROLES } from "../protocol/mod.ts";
import { publicSnapshot } from "./mod.ts";
import { type Scenario, team } from "./_scenario.ts";

const YES = true;
const NO = false;

interface Row {
  readonly may: string;
  readonly owner: boolean;
  readonly admin: boolean;
  readonly member: boolean;
  /** The command, sent by `actor`; `make` has prepared a todo "own" by the actor and "other" by max. */
  readonly command: (actor: string) => CommandBody;
}

function todo(type: "todo.complete" | "todo.reopen" | "todo.delete" | "todo.restore", id: string) {
  return (): CommandBody => ({ type, payload: { todo_id: id } });
}

const TABLE: readonly Row[] = [
  {
    may: "add a member as member",
    ...{ owner: YES, admin: YES, member: NO },
    command: () => ({ type: "member.add", payload: { user_id: "zoe", role: "member" } }),
  },
  {
    may: "add a member as admin",
    ...{ owner: YES, admin: NO, member: NO },
    command: () => ({ type: "member.add", payload: { user_id: "zoe", role: "admin" } }),
  },
  {
    may: "make a member admin",
    ...{ owner: YES, admin: NO, member: NO },
    command: () => ({ type: "member.change_role", payload: { user_id: "max", role: "admin" } }),
  },
  {
    may: "make an admin member",
    ...{ owner: YES, admin: NO, member: NO },
    command: () => ({ type: "member.change_role", payload: { user_id: "amy", role: "member" } }),
  },
  {
    may: "remove a member",
    ...{ owner: YES, admin: YES, member: NO },
    command: () => ({ type: "member.remove", payload: { user_id: "max" } }),
  },
  {
    may: "remove an admin",
    ...{ owner: YES, admin: NO, member: NO },
    command: () => ({ type: "member.remove", payload: { user_id: "amy" } }),
  },
  {
    may: "rename the group",
    ...{ owner: YES, admin: YES, member: NO },
    command: () => ({ type: "group.rename", payload: { name: "x" } }),
  },
  {
    may: "change columns",
    ...{ owner: YES, admin: YES, member: NO },
    command: () => ({
      type: "group.update_columns",
      payload: { columns: [{ id: "todo", title: "x" }, { id: "done", title: "y" }] },
    }),
  },
  {
    may: "change labels",
    ...{ owner: YES, admin: YES, member: NO },
    command: () => ({ type: "group.update_labels", payload: { labels: [] } }),
  },
  {
    may: "delete the group",
    ...{ owner: YES, admin: NO, member: NO },
    command: () => ({ type: "group.delete", payload: {} }),
  },
  {
    may: "hand the group over",
    ...{ owner: YES, admin: NO, member: NO },
    command: () => ({ type: "group.transfer", payload: { user_id: "max" } }),
  },
  {
    may: "create a todo",
    ...{ owner: YES, admin: YES, member: YES },
    command: () => ({ type: "todo.create", payload: { title: "x" } }),
  },
  ...(["own", "other"] as const).flatMap((whose): Row[] => {
    const may = { owner: YES, admin: YES, member: whose === "own" };
    return [
      {
        may: `edit ${whose} todo`,
        ...may,
        command: () => ({ type: "todo.update", payload: { todo_id: whose, title: "x" } }),
      },
      {
        may: `assign ${whose} todo`,
        ...may,
        command: (actor) => ({ type: "todo.update", payload: { todo_id: whose, assignee: actor } }),
      },
      {
        may: `move ${whose} todo`,
        ...may,
        command: () => ({ type: "todo.move", payload: { todo_id: whose, status: "doing" } }),
      },
      { may: `complete ${whose} todo`, ...may, command: todo("todo.complete", whose) },
      { may: `reopen ${whose} todo`, ...may, command: todo("todo.reopen", whose) },
      { may: `delete ${whose} todo`, ...may, command: todo("todo.delete", whose) },
      { may: `restore ${whose} todo`, ...may, command: todo("todo.restore", `${whose}-deleted`) },
      {
        may: `edit ${whose} comment`,
        ...may,
        command: () => ({
          type: "comment.edit",
          payload: { todo_id: "other", comment_id: `${whose}-comment`, text: "y" },
        }),
      },
      {
        may: `delete ${whose} comment`,
        ...may,
        command: () => ({
          type: "comment.delete",
          payload: { todo_id: "other", comment_id: `${whose}-comment` },
        }),
      },
    ];
  }),
  {
    may: "comment on any todo",
    ...{ owner: YES, admin: YES, member: YES },
    command: () => ({ type: "comment.add", payload: { todo_id: "other", text: "x" } }),
  },
];

const ACTORS = { owner: "ana", admin: "ada", member: "mia" } as const;

/** The team with a second admin, amy, and with todos and comments by `actor` and by max. */
function make(actor: string): Scenario {
  const group = team();
  group.ok("ana", "member.add", { user_id: "amy", role: "admin" });
  for (const [author, whose] of [[actor, "own"], ["max", "other"]] as const) {
    group.ok(author, "todo.create", { todo_id: whose, title: whose });
    group.ok(author, "todo.create", { todo_id: `${whose}-deleted`, title: whose });
    group.ok(author, "todo.delete", { todo_id: `${whose}-deleted` });
  }
  for (const [author, whose] of [[actor, "own"], ["max", "other"]] as const) {
    const comment_id = `${whose}-comment`;
    group.ok(author, "comment.add", { todo_id: "other", comment_id, text: "x" });
  }
  return group;
}

for (const row of TABLE) {
  for (const role of ROLES) {
    Deno.test(`${role}: may ${row[role] ? "" : "not "}${row.may}`, () => {
      const actor = ACTORS[role];
      const group = make(actor);
      const { type, payload } = row.command(actor);
      if (row[role]) group.ok(actor, type, payload);
      else group.refused("forbidden", actor, type, payload);
    });
  }
  Deno.test(`a stranger: finds no group in which to ${row.may}`, () => {
    const group = make("mia");
    const { type, payload } = row.command("zoe");
    group.refused("not-found", "zoe", type, payload);
  });
}

Deno.test("anybody may create a group and owns it", () => {
  const group = team();
  assert.deepEqual(publicSnapshot(group.state).members[0]?.role, "owner");
});

Deno.test("everybody but the owner may leave", () => {
  for (const user_id of ["ada", "mia"]) team().ok(user_id, "member.remove", { user_id });
  team().refused("conflict", "ana", "member.remove", { user_id: "ana" });
});

Deno.test("the role table of the contract says the same", () => {
  const member: readonly Capability[] = [
    "read",
    "todo.create",
    "todo.edit-own",
    "comment.add",
    "comment.edit-own",
    "member.leave",
  ];
  const admin: readonly Capability[] = [
    ...member,
    "todo.edit-others",
    "comment.edit-others",
    "group.update",
    "member.add-member",
    "member.remove-member",
  ];
  const owner: readonly Capability[] = [
    ...admin,
    "group.delete",
    "group.transfer",
    "member.add-admin",
    "member.change-role",
    "member.remove-admin",
  ];
  const table = { owner, admin, member };
  for (const role of ROLES) {
    for (const capability of CAPABILITIES) {
      assert.equal(
        allows(role, capability),
        table[role].includes(capability),
        `${role} ${capability}`,
      );
    }
  }
});
