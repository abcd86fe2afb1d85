/**
 * HTTP of groups and their members. Every change is a command to the group's mailbox, decided there;
 * here names become ids and outcomes become the answers that clients know.
 */
import {
  allows,
  type Capability,
  type CommandBody,
  ProblemError,
  REFUSALS,
} from "../../actors/protocol/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import { isUsername } from "../auth/mod.ts";
import {
  type Call,
  type Caller,
  type EdgeContext,
  malformed,
  type Method,
  notFound,
  onlyFields,
  pathId,
  type RateLimiter,
  readJson,
  type Route,
  type UserRoute,
} from "../http/mod.ts";
import { answerCommand, checkedBody, type CommandSender } from "../commands/mod.ts";
import { type Consistency, readRole, userIdByName } from "../reads/mod.ts";

export interface GroupRoutesDeps {
  readonly sender: CommandSender;
  readonly sql: Sql;
  readonly consistency: Consistency;
  /** Per user. */
  readonly quota: RateLimiter;
  /**
   * Takes a look-up of a name out of the caller's quota.
   *
   * @throws {ProblemError} `rate-limited` when none is left
   */
  readonly spendName: (caller: Caller, call: Call) => void;
}

export function groupRoutes(deps: GroupRoutesDeps): Route[] {
  const { sender, sql, consistency, quota } = deps;
  const route = (method: Method, path: string, handle: UserRoute["handle"]): Route => ({
    method,
    path,
    access: "user",
    quota,
    handle,
  });

  /** Sends `body` to the group in the path; the answer when it is committed has no content. */
  const change = async (context: EdgeContext, caller: Caller, body: CommandBody) => {
    const groupId = pathId(context, "group_id");
    const result = await sender.send(context, caller, { groupId, body: () => body });
    return answerCommand(result, context.env, () => new Response(null, { status: 204 }));
  };

  const create = async (context: EdgeContext, caller: Caller) => {
    const name = nameOf(await readJson(context.req.raw));
    const body = checkedBody("group.create", { name });
    const result = await sender.send(context, caller, { body: () => body });
    const id = result.command.group_id;
    const group = { id, name, group_id: id, group_name: name };
    return answerCommand(
      result,
      context.env,
      ({ version }) => Response.json({ ...group, role: "owner", version }, { status: 201 }),
      group,
    );
  };

  const rename = async (context: EdgeContext, caller: Caller) => {
    const id = pathId(context, "group_id");
    const name = nameOf(await readJson(context.req.raw));
    const body = checkedBody("group.rename", { name });
    const result = await sender.send(context, caller, { groupId: id, body: () => body });
    return answerCommand(
      result,
      context.env,
      ({ version }) => Response.json({ id, name, group_id: id, group_name: name, version }),
    );
  };

  /**
   * Refuses a caller who may not do this to members, as the group itself would: who may not change
   * members must not learn either which names are taken.
   */
  const need = async (context: EdgeContext, caller: Caller, wanted: Capability) => {
    const groupId = pathId(context, "group_id");
    const { role } = await consistency.readGroup(
      () => readRole(sql, { groupId, userId: caller.userId }),
      { caller, groupId },
    );
    if (role === undefined) throw notFound(`Group "${groupId}" does not exist`);
    if (allows(role, wanted)) return;
    const detail = `Cannot change members: the role "${role}" does not include "${wanted}"`;
    throw new ProblemError({ code: "forbidden", detail });
  };

  /** The user of that name, which is told: whoever may ask could find out who has an account. */
  const knownUser = async (context: EdgeContext, caller: Caller, username: string) => {
    deps.spendName(caller, context.env);
    // What cannot be a name is nobody's, and need not be asked for.
    const userId = isUsername(username) ? await userIdByName(sql, username) : undefined;
    if (userId === undefined) throw new ProblemError(REFUSALS.userMissing);
    return userId;
  };

  const addMember = async (context: EdgeContext, caller: Caller) => {
    pathId(context, "group_id");
    const { username, role: wanted } = memberOf(await readJson(context.req.raw));
    const role = roleOf(wanted ?? "member");
    await need(context, caller, role === "member" ? "member.add-member" : "member.add-admin");
    const user_id = await knownUser(context, caller, username);
    return await change(context, caller, { type: "member.add", payload: { user_id, role } });
  };

  const changeRole = async (context: EdgeContext, caller: Caller) => {
    pathId(context, "group_id");
    const { username, role: wanted } = memberOf(await readJson(context.req.raw));
    const role = roleOf(wanted);
    await need(context, caller, "member.change-role");
    const user_id = await knownUser(context, caller, username);
    return await change(context, caller, {
      type: "member.change_role",
      payload: { user_id, role },
    });
  };

  return [
    route("POST", "/api/v1/groups", create),
    route("PATCH", "/api/v1/groups/:group_id", rename),
    route(
      "DELETE",
      "/api/v1/groups/:group_id",
      (context, caller) => change(context, caller, { type: "group.delete", payload: {} }),
    ),
    route("POST", "/api/v1/groups/:group_id/members", addMember),
    route("PATCH", "/api/v1/groups/:group_id/members/role", changeRole),
    route(
      "DELETE",
      "/api/v1/groups/:group_id/members/:user_id",
      (context, caller) =>
        change(context, caller, {
          type: "member.remove",
          payload: { user_id: pathId(context, "user_id") },
        }),
    ),
  ];
}

function nameOf(body: unknown): string {
  const { name } = onlyFields(body, ["name"]);
  if (name !== undefined && typeof name !== "string") {
    throw malformed("name must be a string", "/name");
  }
  const trimmed = (name ?? "").trim();
  if (trimmed === "") throw malformed("group name is required", "/name");
  return trimmed;
}

function memberOf(body: unknown): { username: string; role: string | undefined } {
  const { username, role } = onlyFields(body, ["username", "role"]);
  if (username !== undefined && typeof username !== "string") {
    throw malformed("username must be a string", "/username");
  }
  const name = (username ?? "").trim().toLowerCase();
  if (name === "") throw malformed("username is required", "/username");
  if (role === undefined || role === null || role === "") {
    return { username: name, role: undefined };
  }
  if (typeof role !== "string") throw malformed(REFUSALS.roleInvalid, "/role");
  return { username: name, role: role.trim().toLowerCase() };
}

function roleOf(role: string | undefined): "admin" | "member" {
  if (role === "admin" || role === "member") return role;
  throw malformed(REFUSALS.roleInvalid, "/role");
}
