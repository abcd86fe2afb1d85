/**
 * Decides waiting commands of one actor, in mailbox order, into one commit. Pure: events of earlier
 * commits that an answer needs are looked up through a callback.
 */
import {
  type ActorCommand,
  type ActorKind,
  ledgerEntry,
  type TimerChange,
  type VersionRange,
} from "../../kind/mod.ts";
import { COMMIT_MAX_BYTES, encodeEvent, type Problem } from "../../protocol/mod.ts";
import { requireStorable } from "./storable_timers.ts";

/** A command taken from the mailbox. */
export interface Waiting<Command extends ActorCommand = ActorCommand> {
  readonly command: Command;
  /** Its sequence in the mailbox stream. */
  readonly sequence: number;
  /** When the mailbox took it in, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Fingerprint of its body. */
  readonly hash: string;
  readonly replyTo?: string;
  readonly traceparent?: string;
  /** Called once its outcome is durable and answered. */
  readonly finish: () => void;
}

/** What is to be answered to one command once the commit is durable. */
export type Answer =
  | {
    readonly kind: "committed" | "replayed";
    /** JSON text of the command's events. */
    readonly events: readonly string[];
    readonly version: number;
  }
  | { readonly kind: "rejected"; readonly problem: Problem; readonly version: number }
  /** A timer's command that has no effect (any more): nobody waits for an answer. */
  | { readonly kind: "ignored" }
  /** The log covered it before and knows no outcome to tell: its sender was answered, or gave up. */
  | { readonly kind: "silent" };

export interface Decided {
  readonly waiting: Waiting;
  readonly answer: Answer;
}

export interface Batch<State> {
  readonly decided: readonly Decided[];
  /** JSON text of all events, in order; empty when nothing was accepted. */
  readonly events: readonly string[];
  /** The actor after them. */
  readonly state: State;
  /** The timers that the commands set or cancelled, as of `state`. */
  readonly timers: readonly TimerChange[];
  /** Version after the first event. */
  readonly firstVersion: number;
  /** Mailbox sequence of the last command decided. */
  readonly mailboxSequence: number;
}

/** What a batch is decided on. */
export interface Base<State> {
  readonly state: State;
  /** Mailbox sequence of the last command the log covers. */
  readonly mailboxSequence: number;
}

/** The log cannot be read at the moment; reading again may work. */
export class LogUnreadableError extends Error {
  override readonly name = "LogUnreadableError";
}

/**
 * Finds the events of the versions of one accepted command, which the log holds.
 *
 * @throws {LogUnreadableError} when the log cannot be read; any other error means that it lacks them
 */
export type FindEvents<Event> = (versions: VersionRange) => Promise<readonly Event[]>;

/** What deciding needs besides the commands. */
export interface Rules<State, Event extends object, Command extends ActorCommand> {
  readonly kind: ActorKind<State, Event, Command>;
  readonly findEvents: FindEvents<Event>;
  /** Told of a command whose decision threw: it is answered with an error and passed over. */
  readonly reportPoison: (waiting: Waiting<Command>, error: unknown) => Promise<void>;
}

const MAX_COMMANDS = 256;

/** Takes commands off the front of `queue` and decides them on `base`; at least one is taken. */
export async function decideBatch<State, Event extends object, Command extends ActorCommand>(
  rules: Rules<State, Event, Command>,
  base: Base<State>,
  queue: Waiting<Command>[],
): Promise<Batch<State>> {
  const { kind } = rules;
  const { timers } = kind;
  const moves = (event: Event) => timers?.moves(event) ?? false;
  const decided: Decided[] = [];
  const events: string[] = [];
  const moving: Event[] = [];
  const moved: Event[] = [];
  let state = base.state;
  let sizeBytes = 0;
  let mailboxSequence = base.mailboxSequence;

  while (decided.length < MAX_COMMANDS) {
    const waiting = queue[0];
    if (!waiting) break;
    const verdict = await passingPoison(
      rules,
      { waiting, version: kind.version(state) },
      async () =>
        waiting.sequence <= base.mailboxSequence
          ? await recall(rules, base.state, waiting)
          : events.length > 0 && looksBack(kind, { base: base.state, state }, waiting.command)
          ? undefined
          : await decideOne(rules, state, waiting),
    );
    // What it needs is in this batch: once that is in the log, the next batch can decide it.
    if (!verdict) break;
    const encoded = verdict.kind === "accepted" ? verdict.events.map(encodeEvent) : [];
    // A UTF-16 code unit is at most three bytes of UTF-8; one command alone fits: `decide` saw to it.
    const addedBytes = encoded.reduce((sum, text) => sum + 3 * text.length + 1, 0);
    if (events.length > 0 && sizeBytes + addedBytes > COMMIT_MAX_BYTES) break;
    queue.shift();
    mailboxSequence = Math.max(mailboxSequence, waiting.sequence);
    if (verdict.kind === "recalled") {
      moved.push(...verdict.events.filter(moves));
      decided.push({ waiting, answer: verdict.answer });
      continue;
    }
    if (verdict.kind !== "accepted") {
      decided.push({ waiting, answer: verdict });
      continue;
    }
    state = verdict.state;
    events.push(...encoded);
    moving.push(...verdict.events.filter(moves));
    sizeBytes += addedBytes;
    const answer: Answer = { kind: "committed", events: encoded, version: kind.version(state) };
    decided.push({ waiting, answer });
  }
  return {
    decided,
    events,
    state,
    timers: [
      // Whoever decided these may have set their timers, or not any more.
      ...moved.length > 0 ? timers?.after(state, moved, { again: true }) ?? [] : [],
      ...moving.length > 0 ? timers?.after(state, moving) ?? [] : [],
    ],
    firstVersion: kind.version(base.state) + 1,
    mailboxSequence,
  };
}

/**
 * Runs `work` on one command. An exception of its own making is the command's fault: it is reported and
 * answered, so that it blocks nobody. Failures to read the log go on to whoever tries again.
 */
async function passingPoison<T, Command extends ActorCommand>(
  { reportPoison }: { readonly reportPoison: Rules<never, never, Command>["reportPoison"] },
  { waiting, version }: { readonly waiting: Waiting<Command>; readonly version: number },
  work: () => Promise<T>,
): Promise<T | Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LogUnreadableError) throw error;
    await reportPoison(waiting, error);
    const detail = "The command could not be decided and was set aside";
    return { kind: "rejected", problem: { code: "internal", detail }, version };
  }
}

/** Whether deciding `command` needs events that are in this batch, hence not yet in the log. */
function looksBack<State, Event extends object, Command extends ActorCommand>(
  kind: ActorKind<State, Event, Command>,
  { base, state }: { readonly base: State; readonly state: State },
  command: Command,
): boolean {
  const inLog = kind.version(base);
  const own = ledgerEntry(kind.ledger(state), command.command_id);
  const original = kind.lookBack(state, command);
  return (own !== undefined && own.version > inLog) ||
    (original !== undefined && original.version > inLog);
}

type Verdict<State, Event> =
  | { readonly kind: "accepted"; readonly events: readonly Event[]; readonly state: State }
  /** The log covers it: what is to be answered, and the events it led to. */
  | { readonly kind: "recalled"; readonly answer: Answer; readonly events: readonly Event[] }
  | Answer;

async function decideOne<State, Event extends object, Command extends ActorCommand>(
  { kind, findEvents }: Rules<State, Event, Command>,
  state: State,
  { command, nowMs, hash, traceparent }: Waiting<Command>,
): Promise<Verdict<State, Event>> {
  const versions = kind.lookBack(state, command);
  const original = versions && await findEvents(versions);
  const decision = kind.decide(state, command, {
    nowMs,
    hash,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(original ? { original } : {}),
  });
  switch (decision.kind) {
    case "accepted":
      requireSound(kind, decision);
      return decision;
    case "ignored":
      return decision;
    case "rejected":
      return { kind: "rejected", problem: decision.problem, version: kind.version(state) };
    case "replayed":
      return {
        kind: "replayed",
        events: (await findEvents(decision)).map(encodeEvent),
        version: decision.version,
      };
  }
}

/**
 * Catches what would stand in the way for ever once it is in the log.
 *
 * @throws {TypeError} when nothing happened, though it was accepted, or a timer cannot be stored
 */
function requireSound<State, Event extends object, Command extends ActorCommand>(
  { timers }: ActorKind<State, Event, Command>,
  { events, state }: { readonly events: readonly Event[]; readonly state: State },
): void {
  if (events.length === 0) throw new TypeError("Accepted a command that leads to no event");
  const moving = events.filter((event) => timers?.moves(event));
  if (timers && moving.length > 0) requireStorable(timers.after(state, moving));
}

/** The answer to a command that the log covers: its outcome if it was accepted. */
async function recall<State, Event extends object, Command extends ActorCommand>(
  { kind, findEvents }: Rules<State, Event, Command>,
  state: State,
  { command, hash }: Waiting<Command>,
): Promise<Verdict<State, Event>> {
  const entry = ledgerEntry(kind.ledger(state), command.command_id);
  if (!entry || entry.caller !== command.actor || entry.hash !== hash) return { kind: "silent" };
  const { first_version: firstVersion, version } = entry;
  const events = await findEvents({ firstVersion, version });
  const answer: Answer = { kind: "committed", events: events.map(encodeEvent), version };
  return { kind: "recalled", answer, events };
}
