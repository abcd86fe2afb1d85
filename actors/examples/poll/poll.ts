/**
 * The contract and the state of a poll: somebody asks, everybody may vote once and change their mind, until
 * it is closed by whoever opened it or by the clock.
 */
import * as v from "valibot";
import { EMPTY_LEDGER, emptyMap, type Ledger, type PersistentMap } from "../../kind/mod.ts";
import { EntityId, Instant, SYSTEM_ACTOR, UuidV7 } from "../../protocol/mod.ts";

/** Timers are set at canonical instants, and no server counts beyond that year. */
const EndOfPoll = v.pipe(
  Instant,
  v.transform((text) => new Date(text).toISOString()),
  v.check((text) => text >= "1970" && text < "2200", "must be from 1970 to 2199"),
);
const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const meta = { command_id: UuidV7, poll_id: EntityId };
const byUser = { ...meta, actor: v.pipe(EntityId, v.notValue(SYSTEM_ACTOR)) };

/** A command as it lies in the mailbox of a poll. */
export const PollCommand = v.variant("type", [
  v.strictObject({
    ...byUser,
    type: v.literal("poll.open"),
    payload: v.strictObject({
      question: Text,
      options: v.pipe(v.array(Text), v.minLength(2), v.maxLength(10)),
      /** RFC 3339 UTC: when nobody may vote any more. */
      closes_at: v.exactOptional(EndOfPoll),
    }),
  }),
  v.strictObject({
    ...byUser,
    type: v.literal("poll.vote"),
    payload: v.strictObject({ option: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  }),
  v.strictObject({ ...byUser, type: v.literal("poll.close"), payload: v.strictObject({}) }),
  /** What the poll's own timer sends. */
  v.strictObject({
    ...meta,
    actor: v.literal(SYSTEM_ACTOR),
    type: v.literal("poll.expire"),
    payload: v.strictObject({ at: v.string() }),
  }),
]);
export type PollCommand = v.InferOutput<typeof PollCommand>;

/** What is common to all events, the ledger's needs among it. */
interface Envelope {
  readonly poll_id: string;
  /** The poll's version after this event: 1, 2, 3 … */
  readonly version: number;
  /** When the mailbox took the command in, RFC 3339 UTC. */
  readonly time: string;
  readonly command_id: string;
  readonly actor: string;
  readonly hash: string;
}

export type PollFact =
  | {
    readonly type: "poll.opened";
    readonly question: string;
    readonly options: readonly string[];
    readonly closes_at?: string;
  }
  | { readonly type: "poll.voted"; readonly option: number }
  | { readonly type: "poll.closed" };

export type PollEvent = Envelope & PollFact;

export interface Vote {
  readonly user_id: string;
  /** The number of the option, from 0. */
  readonly option: number;
}

export interface PollState {
  readonly id: string;
  /** Events so far; 0: nobody has opened it. */
  readonly version: number;
  readonly opened_by: string;
  readonly question: string;
  readonly options: readonly string[];
  readonly closes_at?: string;
  readonly closed: boolean;
  /** By user. */
  readonly votes: PersistentMap<Vote>;
  readonly ledger: Ledger;
}

/** A poll before its first event. */
export function emptyPoll(id: string): PollState {
  return {
    id,
    version: 0,
    opened_by: "",
    question: "",
    options: [],
    closed: false,
    votes: emptyMap(),
    ledger: EMPTY_LEDGER,
  };
}
