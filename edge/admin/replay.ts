/**
 * Processes a dead letter's message again. A command goes back to the mailbox of its actor as it was, and
 * is safe to send twice: its id makes it take effect once. One that a timer had sent goes the way of timers:
 * hosts take it from nobody else. A message of the log is not sent again, since the log has it; the read
 * model of its group is built anew from the log instead.
 */
import type { DeadLetter } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import {
  type ActorAddress,
  actorSubject,
  type Channel,
  GROUP,
  headers,
  parseActorSubject,
} from "../../actors/protocol/routing/mod.ts";
import type { Redelivery, Sent } from "../commands/mod.ts";

/** What became of the message; `stored` means that it is durable and will be processed. */
export type Replayed =
  | { readonly status: "committed" | "projected"; readonly version: number }
  | { readonly status: "rejected"; readonly problem: { readonly code: string } }
  | { readonly status: "stored" };

/** Builds the read model of a group anew; answers the group's version in it. */
export type RebuildGroup = (
  group: { readonly groupId: string; readonly stream: string; readonly sequence: number },
) => Promise<number>;

export interface ReplayDeps {
  readonly mailbox: Redelivery;
  readonly rebuildGroup: RebuildGroup;
}

const LOG_STREAM = /^EV-\d{1,2}$/;
const TIMER_STREAM = /^TIMER-\d{1,2}$/;

type Letter = DeadLetter & { readonly data: Uint8Array };

/**
 * Replays `letter`; when this returns, the letter has done its duty.
 *
 * @param traceparent trace of the request, used when the message belongs to none
 * @throws {ProblemError} when it was not replayed and the letter is still needed
 */
export async function replay(
  letter: Letter,
  traceparent: string,
  deps: ReplayDeps,
): Promise<Replayed> {
  const { subject, stream, streamSequence: sequence } = letter;
  const actor = parseActorSubject(subject);
  if (actor && isOf("command", actor, subject)) {
    return await replayCommand(letter, actor, { traceparent, mailbox: deps.mailbox });
  }
  if (actor?.kind === GROUP && isOf("event", actor, subject)) {
    if (stream !== undefined && LOG_STREAM.test(stream) && sequence !== undefined) {
      const version = await deps.rebuildGroup({ groupId: actor.id, stream, sequence });
      return { status: "projected", version };
    }
  }
  throw conflict(`A message of "${subject}" cannot be replayed: nobody would process it`);
}

async function replayCommand(
  letter: Letter,
  actor: ActorAddress,
  { traceparent, mailbox }: { readonly traceparent: string; readonly mailbox: Redelivery },
): Promise<Replayed> {
  const { subject, data, source = "", truncated } = letter;
  if (truncated) throw conflict("The letter holds only the beginning of the command");
  const options = { traceparent: letter.headers[headers.TRACEPARENT] ?? traceparent };
  const sent = TIMER_STREAM.test(source)
    ? await mailbox.redeliverDue(actorSubject("due", actor), data, options)
    : await mailbox.redeliver(subject, data, options);
  return replayedAs(sent);
}

function replayedAs(sent: Sent): Replayed {
  switch (sent.kind) {
    case "committed":
      return { status: "committed", version: sent.version };
    case "rejected":
      return { status: "rejected", problem: sent.problem };
    case "stored":
      return { status: "stored" };
    case "refused":
      throw new ProblemError(sent.problem);
    case "unknown":
      throw new ProblemError({
        code: "outcome-unknown",
        detail: "It is not known whether the mailbox stored the command; replaying again is safe",
      });
    default:
      return sent satisfies never;
  }
}

/** Whether `subject` is where the actor's messages of a channel lie. */
function isOf(channel: Channel, actor: ActorAddress, subject: string): boolean {
  try {
    return subject === actorSubject(channel, actor);
  } catch (error) {
    // The id is none.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function conflict(detail: string): ProblemError {
  return new ProblemError({ code: "conflict", detail });
}
