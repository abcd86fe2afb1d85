/** HTTP of commands: one endpoint for every command in both dialects, and the outcome of an earlier one. */
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import {
  type Caller,
  type EdgeContext,
  malformed,
  type RateLimiter,
  readJson,
  type Route,
  spend,
} from "../http/mod.ts";
import { type Consistency, isElsewhere } from "../reads/mod.ts";
import { addsNobody, checkedNative } from "./_native.ts";
import { acceptedAnswer, answerCommand, outcomeAnswer } from "./answer.ts";
import { type CommandListDeps, sendCommands } from "./list_route.ts";
import { type OutcomeRouteDeps, readOutcome } from "./outcome_route.ts";
import type { CommandSender } from "./sender.ts";
import { bodyFor, parseTodo1m, type Todo1mCommand } from "./todo1m.ts";

export interface CommandRoutesDeps extends OutcomeRouteDeps {
  readonly sender: CommandSender;
  readonly consistency: Pick<Consistency, "readGroup" | "catchUp">;
  readonly sql: Sql;
  /** Per user. */
  readonly quota: RateLimiter;
  readonly readQuota: RateLimiter;
  /** Told of every refusal for want of quota. */
  readonly onLimited: (policy: string) => void;
}

export function commandRoutes(deps: CommandRoutesDeps): Route[] {
  const command = async (context: EdgeContext, caller: Caller) => {
    const body = await readJson(context.req.raw);
    if (body === null || typeof body !== "object" || Array.isArray(body)) {
      throw malformed("The body must be a JSON object", "");
    }
    return "type" in body
      ? await sendNative(deps, context, caller, body)
      : await sendTodo1m(deps, context, caller, parseTodo1m(body));
  };

  const list: CommandListDeps = {
    sender: deps.sender,
    spend: (call, caller, count) => {
      if (!deps.quota.fits(count)) throw tooMany(deps.quota, count);
      // One was taken with the request.
      spend(deps.quota, caller.userId, call, {
        onLimited: deps.onLimited,
        count: count - 1,
        again: count,
      });
    },
    addsNobody: (bodies) => addsNobody(deps.sql, bodies),
  };

  return [
    {
      method: "POST",
      path: "/api/v1/commands",
      access: "user",
      quota: deps.quota,
      handle: (context, caller) => sendCommands(list, context, caller),
    },
    {
      method: "POST",
      path: "/api/v1/command",
      access: "user",
      quota: deps.quota,
      handle: command,
    },
    {
      method: "GET",
      path: "/api/v1/commands/:command_id",
      access: "user",
      quota: deps.readQuota,
      handle: (context, caller) => readOutcome(deps, context, caller),
    },
  ];
}

/** The refusal of a list that no waiting makes fit. */
function tooMany({ name, policy }: RateLimiter, count: number): ProblemError {
  const code = "too-large";
  const detail = `${count} commands never fit the quota "${name}" at once, which is ${policy}: ` +
    "send them in shorter lists";
  return new ProblemError({
    code,
    detail,
    errors: [{ pointer: "/commands", code, message: detail }],
  });
}

async function sendNative(
  { sender, sql }: CommandRoutesDeps,
  context: EdgeContext,
  caller: Caller,
  body: object,
): Promise<Response> {
  const { command_id, group_id, expected_version, ...native } = await checkedNative(sql, body);
  const result = await sender.send(context, caller, {
    commandId: command_id,
    groupId: group_id,
    expectedVersion: expected_version,
    body: () => native,
  });
  return answerCommand(
    result,
    context.env,
    (committed) => outcomeAnswer(native.type, committed),
  );
}

async function sendTodo1m(
  { sender, sql, consistency }: CommandRoutesDeps,
  context: EdgeContext,
  caller: Caller,
  command: Todo1mCommand,
): Promise<Response> {
  const { native, groupId } = command;
  const result = await sender.send(context, caller, {
    groupId,
    body: (commandId) => bodyFor(native, commandId),
  });
  const todoId = command.todoId ?? result.command.command_id;
  const { sent } = result;
  const isMissing = sent.kind === "rejected" && sent.problem.code === "not-found";
  if (isMissing && native.type !== "todo.create") {
    // What still does not show then decides only how the refusal is worded.
    await consistency.catchUp(caller);
    if (await isElsewhere(sql, { groupId, userId: caller.userId, todoId })) {
      throw malformed(REFUSALS.todoElsewhere, "/todo_id");
    }
    throw new ProblemError(REFUSALS.todoMissing);
  }
  return answerCommand(
    result,
    context.env,
    ({ version }) => acceptedAnswer(result, { todo_id: todoId, version }),
    { todo_id: todoId },
  );
}
