/** The API's document on groups and their members. */
import type { ProblemCode } from "../../../actors/protocol/mod.ts";
import type { Operation, Operations, Success } from "../operation.ts";
import { ASKED_TWICE, COMMAND_FIELDS, COMMAND_PROBLEMS, STORED } from "./_command.ts";

const READ: readonly ProblemCode[] = ["not-found", "projection-lag", "version-conflict"];

/** What every change of a group shares. */
const change = {
  tag: "Groups",
  security: "user",
  requestHeaders: COMMAND_FIELDS,
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
      "Without limit a page has up to 200 groups; next_cursor is there while there are more.",
    security: "user",
    query: ["group_limit", "group_cursor"],
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { description: "A page of the caller's groups", schema: "GroupList", headers: ["ETag"] },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
    problems: ["projection-lag"],
  },
  "POST /api/v1/groups": {
    ...change,
    operationId: "createGroup",
    summary: "Create a group that the caller owns",
    body: { schema: "GroupToMake", example: { name: "Launch party" } },
    successes: {
      201: { description: "The group", schema: "NewGroup", headers: ASKED_TWICE },
      202: { ...STORED, schema: "AcceptedGroup" },
    },
  },
  "GET /api/v1/groups/:group_id": {
    operationId: "readGroup",
    tag: "Groups",
    summary: "A group with columns, labels and members",
    security: "user",
    query: ["min_version"],
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { description: "The group", schema: "Group", headers: ["ETag"] },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
    problems: READ,
  },
  "PATCH /api/v1/groups/:group_id": {
    ...change,
    operationId: "renameGroup",
    summary: "Rename a group",
    body: { schema: "GroupToMake", example: { name: "Launch party" } },
    successes: {
      200: { description: "The new name", schema: "RenamedGroup", headers: ASKED_TWICE },
      202: STORED,
    },
  },
  "DELETE /api/v1/groups/:group_id": {
    ...change,
    operationId: "deleteGroup",
    summary: "Delete a group; its owner can restore it for 30 days",
    successes: changed,
  },
  "POST /api/v1/groups/:group_id/members": {
    ...change,
    operationId: "addMember",
    summary: "Add a member by user name",
    body: { schema: "MemberToAdd", example: { username: "ben", role: "member" } },
    successes: changed,
  },
  "PATCH /api/v1/groups/:group_id/members/role": {
    ...change,
    operationId: "changeRole",
    summary: "Change the role of a member",
    body: { schema: "MemberRole", example: { username: "ben", role: "admin" } },
    successes: changed,
  },
  "DELETE /api/v1/groups/:group_id/members/:user_id": {
    ...change,
    operationId: "removeMember",
    summary: "Remove a member, or leave the group",
    successes: changed,
  },
};
