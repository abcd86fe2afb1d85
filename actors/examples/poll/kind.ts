/** The poll as a kind of actor: all that the runtime is given. */
import * as v from "valibot";
import {
  type ActorKind,
  ledgerFromSnapshot,
  type LedgerSnapshot,
  ledgerToSnapshot,
  mapOf,
  type TimerChange,
  valuesOf,
} from "../../kind/mod.ts";
import { SYSTEM_ACTOR } from "../../protocol/mod.ts";
import { decide } from "./decide.ts";
import { evolve } from "./evolve.ts";
import { emptyPoll, PollCommand, type PollEvent, type PollState, type Vote } from "./poll.ts";

/** Raised whenever `evolve` or the form of a snapshot changes: older snapshots are then passed over. */
const SCHEMA = "poll-1";
/** Bytes of a vote, and of the poll around them. */
const EACH_VOTE = 150;
const POLL = 500;

/** A poll as JSON: maps as lists. */
type Saved = Omit<PollState, "votes" | "ledger"> & {
  readonly votes: readonly Vote[];
  readonly ledger: LedgerSnapshot;
};

export const pollKind: ActorKind<PollState, PollEvent, PollCommand> = {
  name: "poll",
  idField: "poll_id",
  empty: emptyPoll,
  evolve,
  version: (state) => state.version,
  versionOf: (event) => event.version,
  ledger: (state) => state.ledger,
  parse({ id, isFromTimer, json }) {
    const command = v.parse(PollCommand, json());
    if (command.poll_id !== id) throw new Error(`the command names poll "${command.poll_id}"`);
    if (command.type === "poll.expire" && !isFromTimer) throw new Error("only a timer may expire");
    return command;
  },
  decide,
  lookBack: () => undefined,
  snapshots: {
    schema: () => SCHEMA,
    save: (state): Saved => ({
      ...state,
      votes: valuesOf(state.votes),
      ledger: ledgerToSnapshot(state.ledger),
    }),
    restore(saved) {
      const { votes, ledger, ...rest } = saved as Saved;
      return {
        ...rest,
        votes: mapOf(votes.map((vote) => [vote.user_id, vote] as const)),
        ledger: ledgerFromSnapshot(ledger),
      };
    },
  },
  footprint: {
    structure: ({ votes }) => POLL + EACH_VOTE * votes.size,
    texts: ({ question, options }) => question.length + options.join("").length,
    parts: ({ options }) => options.length,
  },
  timers: {
    moves: ({ type }) => type !== "poll.voted",
    after: (state) => expiry(state),
  },
};

/** One timer, as long as the poll is open and has an end. */
function expiry({ id: poll_id, closes_at: at, closed }: PollState): TimerChange[] {
  if (at === undefined) return [];
  const command = { poll_id, actor: SYSTEM_ACTOR, type: "poll.expire", payload: { at } };
  const armed = closed ? [] : [{ name: "end", at, command }];
  return [{ about: "poll", armed, fresh: false }];
}
