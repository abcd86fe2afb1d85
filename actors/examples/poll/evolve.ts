/** What one event does to a poll. */
import { noteEvent, withEntry } from "../../kind/mod.ts";
import type { PollEvent, PollState } from "./poll.ts";

/** The state after `event`; an event of a newer version of the code only counts. */
export function evolve(state: PollState, event: PollEvent): PollState {
  const { version, command_id, actor, hash, time } = event;
  const ledger = noteEvent(state.ledger, {
    command_id,
    caller: actor,
    hash,
    version,
    at_ms: Date.parse(time),
  });
  return { ...apply(state, event), version, ledger };
}

function apply(state: PollState, event: PollEvent): PollState {
  switch (event.type) {
    case "poll.opened": {
      const { actor: opened_by, question, options, closes_at } = event;
      return { ...state, opened_by, question, options, ...(closes_at ? { closes_at } : {}) };
    }
    case "poll.voted":
      return {
        ...state,
        votes: withEntry(state.votes, event.actor, {
          user_id: event.actor,
          option: event.option,
        }),
      };
    case "poll.closed":
      return { ...state, closed: true };
    default:
      event satisfies never;
      return state;
  }
}
