/** Decides one command against the state of its poll. */
import { type DecideContext, type Decision, settledById } from "../../kind/mod.ts";
import type { Problem } from "../../protocol/mod.ts";
import { evolve } from "./evolve.ts";
import type { PollCommand, PollEvent, PollFact, PollState } from "./poll.ts";

/** What follows from the command: a fact, a refusal, or nothing at all. */
type Ruling = PollFact | Problem | undefined;

/** The decision on `command`; "now" is when the mailbox took it in. */
export function decide(
  state: PollState,
  command: PollCommand,
  context: DecideContext<PollEvent>,
): Decision<PollState, PollEvent> {
  // What a timer sends is settled by the state alone: it may come late, and twice.
  const settled = command.type === "poll.expire"
    ? undefined
    : settledById(state.ledger, command, context);
  if (settled) return settled;
  const ruling = rule(state, command);
  if (!ruling) return { kind: "ignored" };
  if ("code" in ruling) return { kind: "rejected", problem: ruling };
  const event: PollEvent = {
    poll_id: state.id,
    version: state.version + 1,
    time: new Date(context.nowMs).toISOString(),
    command_id: command.command_id,
    actor: command.actor,
    hash: context.hash,
    ...ruling,
  };
  return { kind: "accepted", events: [event], state: evolve(state, event) };
}

function rule(state: PollState, command: PollCommand): Ruling {
  const isOpen = state.version > 0 && !state.closed;
  switch (command.type) {
    case "poll.open":
      return state.version > 0
        ? { code: "conflict", detail: `Poll "${state.id}" exists` }
        : { type: "poll.opened", ...command.payload };
    case "poll.vote": {
      if (!isOpen) return notOpen(state);
      const { option } = command.payload;
      return option < state.options.length
        ? { type: "poll.voted", option }
        : { code: "validation", detail: `Poll "${state.id}" has no option ${option}` };
    }
    case "poll.close":
      if (!isOpen) return notOpen(state);
      return command.actor === state.opened_by
        ? { type: "poll.closed" }
        : { code: "forbidden", detail: `Poll "${state.id}" was not opened by "${command.actor}"` };
    case "poll.expire":
      return isOpen && command.payload.at === state.closes_at ? { type: "poll.closed" } : undefined;
    default:
      return command satisfies never;
  }
}

function notOpen({ id, version }: PollState): Problem {
  return version === 0
    ? { code: "not-found", detail: `Poll "${id}" does not exist` }
    : { code: "gone", detail: `Poll "${id}" is closed` };
}
