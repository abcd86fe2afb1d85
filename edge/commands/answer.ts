/** Turns what is known of a command into an HTTP answer. Never says more than is known. */
import type { Command, CommandType, Problem } from "../../actors/protocol/mod.ts";
import { type Call, problemAnswer } from "../http/mod.ts";
import type { Sent } from "./mailbox.ts";
import type { SentCommand } from "./sender.ts";

const CREATES: ReadonlySet<CommandType> = new Set(["group.create", "todo.create", "comment.add"]);

type Committed = Extract<Sent, { readonly kind: "committed" }>;

/**
 * The answer to a sent command: `render` makes it when the command is committed, `pending` are the
 * fields told beside the command's id while it is not.
 */
export function answerCommand(
  result: SentCommand,
  call: Call,
  render: (committed: Committed) => Response,
  pending: Readonly<Record<string, unknown>> = {},
): Response {
  const { command, sent } = result;
  switch (sent.kind) {
    case "committed": {
      const answer = render(sent);
      if (sent.replayed) answer.headers.set("idempotency-replayed", "true");
      return answer;
    }
    case "rejected":
    case "refused":
      return problemAnswer(sent.problem, call);
    case "stored":
      return acceptedAnswer(result, pending);
    case "unknown":
      return problemAnswer(unknownOutcome(command), call, { location: locationOf(result) });
    default:
      return sent satisfies never;
  }
}

/** Says that nobody knows what became of a command. */
export function unknownOutcome({ command_id }: Pick<Command, "command_id">): Problem {
  return {
    code: "outcome-unknown",
    detail: `It is not known whether command "${command_id}" was stored; ` +
      "send it again with the same id",
  };
}

/** The answer that a command is taken: 202, and where its outcome is or will be. */
export function acceptedAnswer(
  result: SentCommand,
  more: Readonly<Record<string, unknown>>,
): Response {
  const { command_id, group_id } = result.command;
  const answer = Response.json({ status: "accepted", command_id, group_id, ...more }, {
    status: 202,
  });
  answer.headers.set("location", locationOf(result));
  if (result.async) answer.headers.set("preference-applied", "respond-async");
  return answer;
}

/** The answer that a command is stored and its outcome not known yet: 202, and to ask again. */
export function pendingAnswer(commandId: string, groupId: string): Response {
  return Response.json({ status: "pending", command_id: commandId, group_id: groupId }, {
    status: 202,
    headers: { "retry-after": "1" },
  });
}

function locationOf({ command }: SentCommand): string {
  return `/api/v1/commands/${command.command_id}?group_id=${command.group_id}`;
}

/** The native answer: the outcome's bytes as the owner of the group wrote them. */
export function outcomeAnswer(type: CommandType, { body }: Committed): Response {
  return new Response(body as BodyInit, {
    status: CREATES.has(type) ? 201 : 200,
    headers: { "content-type": "application/json" },
  });
}
