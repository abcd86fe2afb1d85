/** Checks native commands, whatever they came by, as far as the edge can: their shape, and who they add. */
import {
  type CommandBody,
  parseCommand,
  type ParsedCommand,
  ProblemError,
  REFUSALS,
} from "../../actors/protocol/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import { invalid } from "../http/mod.ts";
import { missingUsers } from "../reads/mod.ts";

/**
 * The command in `body`.
 *
 * @throws {ProblemError} `validation`, or `not-found` when it adds a user who does not exist
 */
export async function checkedNative(sql: Sql, body: unknown): Promise<ParsedCommand> {
  const parsed = parseCommand(body);
  if (!parsed.ok) throw new ProblemError(parsed.problem);
  const { value } = parsed;
  if (value.group_id === undefined && value.type !== "group.create") {
    throw invalid("group_id is required", "/group_id");
  }
  if ((await addsNobody(sql, [value])).size > 0) throw new ProblemError(REFUSALS.userMissing);
  return value;
}

/** Which of the commands add somebody who does not exist. */
export async function addsNobody<B extends CommandBody>(
  sql: Sql,
  bodies: readonly B[],
): Promise<ReadonlySet<B>> {
  const added = bodies.flatMap(usersAddedBy);
  const missing = added.length > 0 ? await missingUsers(sql, added) : new Set<string>();
  return new Set(bodies.filter((body) => usersAddedBy(body).some((id) => missing.has(id))));
}

/** The users whom the command makes members. A group knows its members, not who has an account. */
function usersAddedBy(body: CommandBody): string[] {
  if (body.type === "batch") return body.payload.commands.flatMap(usersAddedBy);
  return body.type === "member.add" ? [body.payload.user_id] : [];
}
