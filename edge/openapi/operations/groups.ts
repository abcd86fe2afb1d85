/** The API's document on groups and their members. */
import type { ProblemCode } from "../../../actors/protocol/mod.ts";
import type { Operation, Operations, Success } from "../operation.ts";
import { ASKED_TWICE, COMMAND_PROBLEMS, GROUP_COMMAND_FIELDS, STORED } from "./_command.ts";

const READ: readonly ProblemCode[] = ["not-found", "projection-lag", "version-conflict"];

/** What every change of a group shares. */
const change = {
  tag: "Groups",
  security: "user",
  requestHeaders: GROUP_COMMAND_FIELDS,
  problems: [...COMMAND_PROBLEMS, "projection-lag"],
} satisfies Partial<Operation>;
const done: Success = { description: "It is done", headers: ASKED_TWICE };
const changed = { 202: STORED, 204: done };

export const GROUPS: Operations = {
  "GET /api/v1/groups": {
    operationId: "listGroups",
    tag: "Groups",
    summary: "The caller's groups, newest first",
    description:
      "Pages of groups that the caller is in, with the caller's role, their members left out. Shows groups that the caller has just created, after two seconds at most, or says in Stale-Groups what is not shown yet. Without limit a page has up to 200 groups; next_cursor is there while there are more.",
    security: "user",
    query: ["group_limit", "group_cursor"],
    requestHeaders: ["If-None-Match"],
    successes: {
      200: {
        description: "A page of the caller's groups",
        schema: "GroupList",
        headers: ["ETag", "Stale-Groups"],
        links: ["firstGroup", "firstGroupTodos", "nextGroups"],
      },
      304: { description: "The client holds this state", headers: ["ETag", "Stale-Groups"] },
    },
  },
  "POST /api/v1/groups": {
    ...change,
    operationId: "createGroup",
    summary: "Create a group that the caller owns",
    description:
      "Sends group.create. The group has the columns todo, doing and done, and the caller as its only member. A UUIDv7 as Idempotency-Key becomes the group's id.",
    body: { schema: "GroupToMake", example: { name: "Launch party" } },
    successes: {
      201: {
        description: "The group",
        schema: "NewGroup",
        headers: ASKED_TWICE,
        links: ["group", "members", "stream"],
      },
      202: { ...STORED, schema: "AcceptedGroup" },
    },
  },
  "GET /api/v1/groups/:group_id": {
    operationId: "readGroup",
    tag: "Groups",
    summary: "A group with columns, labels and members",
    description:
      "Everything about a group but its todos. To who is not a member the group does not exist.",
    security: "user",
    query: ["min_version"],
    requestHeaders: ["If-None-Match"],
    successes: {
      200: {
        description: "The group",
        schema: "Group",
        headers: ["ETag"],
        links: ["todos", "members", "stream"],
      },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
    problems: READ,
  },
  "PATCH /api/v1/groups/:group_id": {
    ...change,
    operationId: "renameGroup",
    summary: "Rename a group",
    description: "Sends group.rename. For admins and the owner.",
    body: { schema: "GroupToMake", example: { name: "Launch party" } },
    successes: {
      200: {
        description: "The new name",
        schema: "RenamedGroup",
        headers: ASKED_TWICE,
        links: ["group"],
      },
      202: STORED,
    },
  },
  "DELETE /api/v1/groups/:group_id": {
    ...change,
    operationId: "deleteGroup",
    summary: "Delete a group; its owner can restore it for 30 days",
    description:
      "Sends group.delete. For the owner, who can bring it back with group.restore; until then it is gone for everybody.",
    successes: changed,
  },
  "POST /api/v1/groups/:group_id/members": {
    ...change,
    operationId: "addMember",
    summary: "Add a member by user name",
    description:
      "Sends member.add for the user of that name. Admins add members, the owner adds admins too; who is a member already with that role stays one.",
    body: { schema: "MemberToAdd", example: { username: "ben", role: "member" } },
    successes: changed,
  },
  "PATCH /api/v1/groups/:group_id/members/role": {
    ...change,
    operationId: "changeRole",
    summary: "Change the role of a member",
    description:
      "Sends member.change_role for the user of that name. For the owner, whose own role goes to another by group.transfer only.",
    body: { schema: "MemberRole", example: { username: "ben", role: "admin" } },
    successes: changed,
  },
  "DELETE /api/v1/groups/:group_id/members/:user_id": {
    ...change,
    operationId: "removeMember",
    summary: "Remove a member, or leave the group",
    description:
      "Sends member.remove. Everybody but the owner may leave; admins remove members, the owner removes admins too.",
    successes: changed,
  },
};
