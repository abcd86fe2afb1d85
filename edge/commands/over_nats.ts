/**
 * Takes commands that came over a WebSocket: a streamer hands them on over NATS, and whichever edge is free
 * does with them what it does with those that come over HTTP. Whom a command is from the streamer has
 * verified; nobody else may publish on this subject.
 */
import { headers as newHeaders, type Msg, type NatsConnection } from "@nats-io/nats-core";
import { answerRequests, type Logger, type Sql, tooOften } from "../../actors/platform/mod.ts";
import {
  check,
  type Command,
  newId,
  parseJson,
  type Problem,
  ProblemError,
} from "../../actors/protocol/mod.ts";
import {
  COMMAND_ANSWER,
  type CommandAnswer,
  CommandRequest,
  headers,
  SEND_COMMAND,
} from "../../actors/protocol/routing/mod.ts";
import { problemOfNats, problemOfStore, type RateLimiter } from "../http/mod.ts";
import { checkedNative } from "./_native.ts";
import { unknownOutcome } from "./answer.ts";
import type { CommandSender, SentCommand } from "./sender.ts";

/** The edges that share the requests. */
const QUEUE = "edge";
const NO_TRACE = `00-${"0".repeat(32)}-${"0".repeat(16)}-00`;

export interface OverNatsDeps {
  readonly sender: Pick<CommandSender, "deliver">;
  readonly sql: Sql;
  /** Per user; the same as over HTTP. */
  readonly quota: RateLimiter;
  /** Told of every refusal for want of quota. */
  readonly onLimited: (policy: string) => void;
  readonly log: Logger;
}

interface Answer {
  readonly kind: CommandAnswer;
  readonly body: Uint8Array | string;
}

/** Answers until the returned function is called, which ends when the last answer is sent. */
export function answerCommands(
  connection: NatsConnection,
  deps: OverNatsDeps,
): () => Promise<void> {
  return answerRequests(connection, {
    subject: SEND_COMMAND,
    queue: QUEUE,
    async answer(message) {
      const { kind, body } = await answer(message, deps);
      const fields = newHeaders();
      fields.append(COMMAND_ANSWER, kind);
      if (!connection.isClosed()) message.respond(body, { headers: fields });
    },
    failed: (reason) =>
      deps.log.error("Commands of streamers cannot be received: {reason}", { reason }),
  });
}

async function answer(message: Msg, deps: OverNatsDeps): Promise<Answer> {
  try {
    const request = check(CommandRequest, parseJson(message.data));
    if (!request.ok) return refusal(request.problem);
    const { user_id, command: body } = request.value;
    const take = deps.quota.take(user_id);
    if (!take.allowed) {
      deps.onLimited(deps.quota.name);
      return refusal({ code: "rate-limited", detail: tooOften(take.seconds) }, take.seconds);
    }
    const { command_id = newId(), group_id = command_id, expected_version, ...native } =
      await checkedNative(deps.sql, body);
    const command: Command = {
      command_id,
      group_id,
      actor: user_id,
      ...(expected_version === undefined ? {} : { expected_version }),
      ...native,
    };
    const traceparent = message.headers?.get(headers.TRACEPARENT) || NO_TRACE;
    return answerOf(await deps.sender.deliver(command, { traceparent }));
  } catch (error) {
    return refusal(problemOf(error, deps));
  }
}

function answerOf({ command, sent }: SentCommand): Answer {
  switch (sent.kind) {
    case "committed":
      return { kind: sent.replayed ? "replayed" : "committed", body: sent.body };
    case "stored": {
      const { command_id, group_id } = command;
      const accepted = { status: "accepted", command_id, group_id };
      return { kind: "accepted", body: JSON.stringify(accepted) };
    }
    case "rejected":
    case "refused":
      return refusal(sent.problem);
    case "unknown":
      return refusal(unknownOutcome(command));
    default:
      return sent satisfies never;
  }
}

function problemOf(error: unknown, { log }: OverNatsDeps): Problem {
  if (error instanceof ProblemError) return error.problem;
  const refused = error instanceof Error
    ? problemOfStore(error) ?? problemOfNats(error)
    : undefined;
  if (refused) {
    log.warning("A command of a streamer cannot be served: {reason}", { reason: String(error) });
    return refused;
  }
  log.error("Unexpected failure of a command of a streamer: {error}", { error });
  return { code: "internal", detail: "An internal error has occurred" };
}

function refusal(problem: Problem, retry_after?: number): Answer {
  return { kind: "refused", body: JSON.stringify({ problem, retry_after }) };
}
