/**
 * Sends the commands of every route: through the mailbox, and with what the rest of the edge has to know
 * afterwards (what the caller may now expect to read, and the counts of outcomes).
 */
import {
  type Command,
  type CommandBody,
  newId,
  type Problem,
  ProblemError,
} from "../../actors/protocol/mod.ts";
import { logger } from "../../actors/platform/mod.ts";
import type { Caller, EdgeContext } from "../http/mod.ts";
import type { CurrentState, RecentVersions } from "../reads/mod.ts";
import { aboutKey, type IdempotencyKeys, parseKey } from "./idempotency.ts";
import { expectedVersionOf, todoOf } from "./if_match.ts";
import type { KeptRefusals } from "./kept_refusals.ts";
import type { Mailbox, SendOptions, Sent } from "./mailbox.ts";
import { type RecentRefusals, refusalOf } from "./recent_refusals.ts";

export interface SenderDeps {
  readonly mailbox: Mailbox;
  readonly versions: RecentVersions;
  readonly recent: RecentRefusals;
  /** Told of rejections that come when the sender is answered already. */
  readonly kept: Pick<KeptRefusals, "keep">;
  readonly keys: Pick<IdempotencyKeys, "commandId">;
  /** Reads what a command is about that expected another version of it. */
  readonly current: CurrentState;
  /** Counts what became of each command. */
  readonly onOutcome: (outcome: OutcomeLabel) => void;
}

export type OutcomeLabel = "committed" | "replayed" | "rejected" | "stored" | "refused" | "unknown";

/** A command on its way: without its sender, and without an id unless the client chose one. */
export interface Outgoing {
  readonly commandId?: string | undefined;
  /** Absent only for `group.create`: the group then gets the command's id. */
  readonly groupId?: string | undefined;
  /** What `Idempotency-Key` stays bound to where that is not the group, because another may take its place. */
  readonly keyedTo?: string;
  readonly expectedVersion?: number | undefined;
  /** Whether it is none of what `Idempotency-Key` and `If-Match` of the request are about. */
  readonly standsAlone?: boolean;
  /** Whether its outcome is waited for, whatever `Prefer` of the request says. */
  readonly waits?: boolean;
  /** Makes the body, once the command's id is known. */
  readonly body: (commandId: string) => CommandBody;
}

/** A command that was sent and what is known of it. */
export interface SentCommand {
  readonly command: Command;
  readonly sent: Sent;
  /** Whether the client asked not to wait for the outcome. */
  readonly async: boolean;
}

type Trace = Pick<SendOptions, "traceparent">;
type Reader = Pick<Caller, "userId">;

/** What a command is about. */
interface About {
  readonly groupId: string;
  readonly body: CommandBody;
}

export class CommandSender {
  readonly #deps: SenderDeps;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
  }

  /**
   * Sends a command of `caller`, honouring `Idempotency-Key`, `If-Match` and `Prefer: respond-async` of its
   * request.
   *
   * @throws {ProblemError} `malformed` when a field contradicts the body, `idempotency-mismatch` when the
   * key was used for another group, `version-conflict` when `If-Match` cannot match
   */
  async send(context: EdgeContext, caller: Caller, outgoing: Outgoing): Promise<SentCommand> {
    const { commandId: chosen, groupId: group, expectedVersion } = outgoing;
    const key = outgoing.standsAlone ? undefined : context.req.header("idempotency-key");
    const id = key === undefined ? chosen ?? newId() : await this.#deps.keys.commandId(key, {
      chosen,
      group: outgoing.keyedTo ?? group,
      userId: caller.userId,
    });
    const body = outgoing.body(id);
    const groupId = group ?? id;
    const expected = outgoing.standsAlone
      ? expectedVersion
      : await this.#expected(context, caller, { groupId, body, expectedVersion });
    const command: Command = {
      command_id: id,
      group_id: groupId,
      actor: caller.userId,
      ...(expected === undefined ? {} : { expected_version: expected }),
      ...body,
    };
    const async = !outgoing.waits && prefersAsync(context);
    const sent = await this.#dispatch(command, { traceparent: context.env.traceparent, async });
    if (sent.kind !== "rejected" || outgoing.standsAlone) return { command, sent, async };
    const told = key !== undefined && chosen === undefined
      ? aboutKey(sent.problem, key)
      : sent.problem;
    const problem = await this.#withCurrent(caller, { groupId, body }, told);
    return { command, sent: { ...sent, problem }, async };
  }

  /**
   * Reads the header fields of a request that turns out to have nothing to send.
   *
   * @throws {ProblemError} for those that {@link send} would refuse unsent, had it been about `body`
   */
  check(context: EdgeContext, body: CommandBody): void {
    const key = context.req.header("idempotency-key");
    if (key !== undefined) parseKey(key);
    expectedVersionOf(context.req.header("if-match"), body, undefined);
  }

  /** Sends a command that is complete. */
  async deliver(command: Command, { traceparent }: Trace): Promise<SentCommand> {
    const sent = await this.#dispatch(command, { traceparent, async: false });
    if (sent.kind !== "rejected") return { command, sent, async: false };
    const about = { groupId: command.group_id, body: command };
    const problem = await this.#withCurrent({ userId: command.actor }, about, sent.problem);
    return { command, sent: { ...sent, problem }, async: false };
  }

  async #dispatch(
    command: Command,
    { traceparent, async }: Trace & { readonly async: boolean },
  ): Promise<Sent> {
    let late: Sent | undefined;
    const onLate = (outcome: Sent) => {
      this.#remember(command, late = outcome);
      void this.#keep(command, outcome);
    };
    const sent = await this.#deps.mailbox.send(command, { traceparent, async, onLate });
    this.#deps.onOutcome(sent.kind === "committed" && sent.replayed ? "replayed" : sent.kind);
    // The outcome may have come with the same bytes as the acknowledgement, before this line.
    this.#remember(command, late ?? sent);
    return sent;
  }

  /** The version that the command expects, of its own or by `If-Match`. */
  async #expected(
    context: EdgeContext,
    caller: Caller,
    about: About & { readonly expectedVersion: number | undefined },
  ): Promise<number | undefined> {
    try {
      return expectedVersionOf(context.req.header("if-match"), about.body, about.expectedVersion);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      throw new ProblemError(await this.#withCurrent(caller, about, error.problem));
    }
  }

  /** `problem`, if it is about versions with the state that the command is about. */
  async #withCurrent(caller: Reader, about: About, problem: Problem): Promise<Problem> {
    if (problem.code !== "version-conflict") return problem;
    const { groupId, body } = about;
    const wanted = { groupId, todoId: todoOf(body), minVersion: problem.version };
    const current = await this.#deps.current(caller, wanted);
    return current === undefined ? problem : { ...problem, current };
  }

  /** Keeps for all edges why a command was rejected whose sender was answered before. */
  async #keep(command: Command, sent: Sent): Promise<void> {
    const problem = refusalOf(sent);
    if (!problem) return;
    try {
      await this.#deps.kept.keep(command, problem);
    } catch (error) {
      logger("edge").warning("Why command {id} was rejected is not kept: {reason}", {
        id: command.command_id,
        reason: String(error),
      });
    }
  }

  #remember(command: Command, sent: Sent): void {
    const { versions, recent } = this.#deps;
    recent.note(command, sent);
    if (sent.kind !== "committed") return;
    versions.remember(command.actor, command.group_id, sent.version);
    // Who has just been added, promoted or removed must not be judged by what was before.
    for (const userId of subjectsOf(command)) {
      versions.remember(userId, command.group_id, sent.version);
    }
  }
}

/** The users whose membership or role the command is about. */
function subjectsOf(body: CommandBody): string[] {
  if (body.type === "batch") return body.payload.commands.flatMap(subjectsOf);
  return "user_id" in body.payload ? [body.payload.user_id] : [];
}

/** RFC 7240, section 4.1. */
function prefersAsync(context: EdgeContext): boolean {
  const preference = context.req.header("prefer");
  return preference !== undefined && /(^|[,\s])respond-async\s*($|[,;])/i.test(preference);
}
