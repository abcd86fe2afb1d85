/**
 * The resident actors of a host that are of one kind, least recently used first. Idle ones are let go when they take too much
 * memory or when nobody has needed them for a while. That loses nothing: activation is a cache miss, and a
 * snapshot makes it a short one.
 */
import type { ActorCommand, Received } from "../../kind/mod.ts";
import { Actor, type ActorEnvironment } from "./actor.ts";
import type { Waiting } from "./batch.ts";
import type { Confirmed } from "./confirmed.ts";

export interface ActorsOptions {
  /** Estimated bytes of the actors kept in memory; busy ones above that stay until they are done. */
  readonly maxActorBytes: number;
  /** How long an idle actor is kept, in milliseconds. */
  readonly idleMs: number;
  /** Commits of an actor after which it gets another snapshot; large ones wait for more. */
  readonly snapshotEvery: number;
}

/** Where mailboxes put the messages for actors of one kind. */
export interface Inbox {
  /**
   * Takes a message for its actor; messages are received in mailbox order.
   *
   * @throws {Error} when the message is no command of the kind
   */
  receive(message: Received, delivery: Omit<Waiting, "command">): void;
  /** Lets go of the idle ones among the actors that `isOf` holds of: others decide for them now. */
  release(isOf: (id: string) => boolean): void;
}

/** The actors of one kind, as far as that can be said of any kind. */
export type AnyActors = Pick<
  Actors<unknown, object, ActorCommand>,
  "resident" | "bytes" | "receive" | "release" | "passivate" | "settle"
>;

interface Resident<State, Event extends object, Command extends ActorCommand> {
  readonly actor: Actor<State, Event, Command>;
  usedAtMs: number;
  bytes: number;
}

/** A snapshot is due when the log since the last one has this part of its bytes: what bounds its cost. */
const SNAPSHOT_SHARE = 1 / 2;
/** Actors looked at for one to let go, whenever one moves on; the rest is for {@link Actors.passivate}. */
const LOOK_AT = 8;

export class Actors<State, Event extends object, Command extends ActorCommand> implements Inbox {
  readonly #environment: ActorEnvironment<State, Event, Command>;
  readonly #options: ActorsOptions;
  /** In the order of their last command: a map iterates in the order of insertion. */
  readonly #residents = new Map<string, Resident<State, Event, Command>>();
  #bytes = 0;

  constructor(environment: ActorEnvironment<State, Event, Command>, options: ActorsOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  /** Actors in memory. */
  get resident(): number {
    return this.#residents.size;
  }

  /** Estimated bytes of the actors in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  receive(message: Received, delivery: Omit<Waiting, "command">): void {
    this.offer(message.id, { ...delivery, command: this.#environment.kind.parse(message) });
  }

  /** Hands a command to its actor, activating it if it is not resident. */
  offer(id: string, waiting: Waiting<Command>): void {
    const known = this.#residents.get(id);
    const resident = known ?? this.#activate(id);
    if (known) this.#residents.delete(id);
    this.#residents.set(id, resident);
    resident.usedAtMs = this.#environment.monotonicMs();
    resident.actor.offer(waiting);
  }

  /** Lets go of actors that have been idle for too long or take too much; to be called now and then. */
  passivate(): void {
    const usedBefore = this.#environment.monotonicMs() - this.#options.idleMs;
    for (const resident of this.#residents.values()) {
      if (resident.usedAtMs >= usedBefore && this.#bytes <= this.#options.maxActorBytes) return;
      if (resident.actor.idle) this.#letGo(resident);
    }
  }

  release(isOf: (id: string) => boolean): void {
    for (const resident of this.#residents.values()) {
      if (resident.actor.idle && isOf(resident.actor.id)) this.#letGo(resident);
    }
  }

  /** Resolves when no actor is busy. */
  async settle(): Promise<void> {
    for (;;) {
      const busy = [...this.#residents.values()].filter(({ actor }) => !actor.idle);
      if (busy.length === 0) return;
      await Promise.all(busy.map(({ actor }) => actor.settled));
    }
  }

  #activate(id: string): Resident<State, Event, Command> {
    const actor = new Actor(id, this.#environment, () => this.#moved(resident));
    const resident: Resident<State, Event, Command> = { actor, usedAtMs: 0, bytes: actor.bytes };
    this.#bytes += resident.bytes;
    return resident;
  }

  #letGo({ actor, bytes }: Resident<State, Event, Command>): void {
    this.#residents.delete(actor.id);
    this.#bytes -= bytes;
    if (actor.confirmed && actor.confirmed.unsaved.commits > 0) this.#save(actor, actor.confirmed);
  }

  /** An actor knows more than before: counts its bytes, and sees to its snapshot and to room. */
  #moved(resident: Resident<State, Event, Command>): void {
    const { actor } = resident;
    const { confirmed } = actor;
    const { snapshotEvery, maxActorBytes } = this.#options;
    this.#bytes += actor.bytes - resident.bytes;
    resident.bytes = actor.bytes;
    if (
      confirmed && confirmed.unsaved.commits >= snapshotEvery &&
      confirmed.unsaved.bytes >= actor.bytes * SNAPSHOT_SHARE
    ) this.#save(actor, confirmed);
    if (this.#bytes > maxActorBytes) this.#makeRoom();
  }

  #makeRoom(): void {
    let looked = 0;
    for (const resident of this.#residents.values()) {
      if (this.#bytes <= this.#options.maxActorBytes || looked++ === LOOK_AT) return;
      if (resident.actor.idle) this.#letGo(resident);
    }
  }

  #save(actor: Actor<State, Event, Command>, confirmed: Confirmed<State>): void {
    if (this.#environment.snapshots?.offer(confirmed)) actor.saved();
  }
}
