/**
 * What a kind of actor is: pure rules that the runtime (`actors/host`) runs for every actor of the kind. The
 * runtime knows nothing else of it; a kind knows nothing of mailboxes, logs and hosts.
 */
import type { Problem } from "../protocol/mod.ts";
import type { Ledger } from "./ledger.ts";

/** What the runtime reads of a command; the rest is the kind's. */
export interface ActorCommand {
  /** UUIDv7, chosen by its sender: what makes a retry a retry. */
  readonly command_id: string;
  /** Who sent it. */
  readonly actor: string;
}

/** A message of an actor's mailbox. */
export interface Received {
  /** Id of the actor whose mailbox it is. */
  readonly id: string;
  /** Whether one of the actor's own timers has put it there; nobody else can make it look so. */
  readonly isFromTimer: boolean;
  /** Its content. @throws {SyntaxError} when that is no JSON */
  json(): unknown;
}

export interface DecideContext<Event> {
  /** When the mailbox took the command in, milliseconds since the Unix epoch: the command's "now". */
  readonly nowMs: number;
  /** Fingerprint of the command's body as its sender wrote it. */
  readonly hash: string;
  /** W3C trace context of the request, put on the events; absent where nobody records the trace. */
  readonly traceparent?: string;
  /** The events of the versions that {@link ActorKind.lookBack} named, in order. */
  readonly original?: readonly Event[];
}

export type Decision<State, Event> =
  | {
    readonly kind: "accepted";
    /** At least one event, versions dense from the state's. */
    readonly events: readonly Event[];
    /** The state after the events. */
    readonly state: State;
  }
  /** A timer's command that nothing needs any more: neither an event nor an error. */
  | { readonly kind: "ignored" }
  | { readonly kind: "replayed"; readonly firstVersion: number; readonly version: number }
  | { readonly kind: "rejected"; readonly problem: Problem };

/** The events of one accepted command: the actor's version after the first and after the last of them. */
export interface VersionRange {
  readonly firstVersion: number;
  readonly version: number;
}

/**
 * A kind of actor. All of it is deterministic and without side effects: the same command in the same state
 * leads to the same events, on every host, so that any host may take over at any moment. No function of it
 * uses `this`.
 */
export interface ActorKind<State, Event extends object, Command extends ActorCommand> {
  /** Its token in subjects, `app.command.<partition>.<name>.<id>`: letters, digits, "-" and "_". */
  readonly name: string;
  /** The member of an outcome that holds the actor's id, such as `group_id`. */
  readonly idField: string;

  /** The state before the first event. */
  empty(id: string): State;
  /** The state after `event`. Total: an event of a newer version of the code only counts. */
  evolve(state: State, event: Event): State;
  /** Events so far. */
  version(state: State): number;
  /** The actor's version after `event`: 1 after the first. */
  versionOf(event: Event): number;
  /** Which commands the actor has accepted; `evolve` notes every event in it. */
  ledger(state: State): Ledger;

  /**
   * The command in a mailbox message.
   *
   * @throws {Error} when there is none: the message is set aside as a dead letter
   */
  parse(message: Received): Command;
  /**
   * Decides a command; one that throws is set aside and answered with an error. What one command leads to
   * fits into `COMMIT_MAX_BYTES`.
   */
  decide(state: State, command: Command, context: DecideContext<Event>): Decision<State, Event>;
  /** The events that deciding `command` needs, of a command accepted before; mostly none. */
  lookBack(state: State, command: Command): VersionRange | undefined;

  readonly snapshots: SnapshotRules<State>;
  readonly footprint: Footprint<State>;
  /** Absent: its actors have no timers. */
  readonly timers?: TimerRules<State, Event>;
}

/** How a state is kept beside the log, so that an actor comes back without reading all of it. */
export interface SnapshotRules<State> {
  /** Names the fold that makes the states: a snapshot of another is not used. */
  schema(): string;
  /** The state as JSON-able data, the ledger included. */
  save(state: State): object;
  /** The state that {@link save} made `saved` of. @throws {Error} when it is none */
  restore(saved: unknown): State;
}

/** How much memory a state takes, for the host's budget: estimates, in bytes. */
export interface Footprint<State> {
  /** What its parts take without their texts; asked after every commit, so it must not walk the state. */
  structure(state: State): number;
  /** What its texts take; may walk the state, since it is asked now and then. */
  texts(state: State): number;
  /** How many parts {@link texts} walks: a large state is walked less often. */
  parts(state: State): number;
}

/** Messages that an actor sends itself for later. They follow from its events, and are no state. */
export interface TimerRules<State, Event> {
  /** Whether `event` alone shows that it may set or cancel timers; most events do not. */
  moves(event: Event): boolean;
  /**
   * The timers that `events` set or cancelled, as they are to be in `state`.
   *
   * @param state the state after the events; it may be further on
   * @param events at least those that {@link moves}, in order
   * @param options.again the timers of these events may have been set before, so that nothing is `fresh`
   */
  after(
    state: State,
    events: readonly Event[],
    options?: { readonly again?: boolean },
  ): TimerChange[];
}

/** All timers about one thing, such as a todo, as they are to be from a version of the actor on. */
export interface TimerChange {
  /** What they are about: letters, digits, "-" and "_". */
  readonly about: string;
  readonly armed: readonly ArmedTimer[];
  /** Nothing was set about it before, so that there is nothing to take away. */
  readonly fresh: boolean;
}

export interface ArmedTimer {
  /** Tells it from others about the same thing: letters, digits, "-" and "_". */
  readonly name: string;
  /** RFC 3339 UTC with milliseconds; in the past: at once. */
  readonly at: string;
  /** What is put into the mailbox when it is due, but for its `command_id`. */
  readonly command: object;
}

/** Any kind of actor, for whoever needs to know no more of it. */
export type AnyKind = ActorKind<unknown, object, ActorCommand>;
