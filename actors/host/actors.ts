/**
 * The resident actors of a host, least recently used first. Idle ones are let go when there are too many
 * or when nobody has needed them for a while. That loses nothing: activation is a cache miss.
 */
import type { Waiting } from "./batch.ts";
import { type ActorEnvironment, GroupActor } from "./group_actor.ts";

export interface ActorsOptions {
  /** Actors kept in memory; busy ones above that stay until they are done. */
  readonly maxActors: number;
  /** How long an idle actor is kept, in milliseconds. */
  readonly idleMs: number;
}

interface Resident {
  readonly actor: GroupActor;
  usedAtMs: number;
}

export class Actors {
  readonly #environment: ActorEnvironment;
  readonly #options: ActorsOptions;
  /** In the order of their last command: a map iterates in the order of insertion. */
  readonly #residents = new Map<string, Resident>();

  constructor(environment: ActorEnvironment, options: ActorsOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  /** Actors in memory. */
  get resident(): number {
    return this.#residents.size;
  }

  /** Hands a command to its group's actor, activating it if it is not resident. */
  offer(groupId: string, waiting: Waiting): void {
    const known = this.#residents.get(groupId);
    const resident = known ??
      { actor: new GroupActor(groupId, this.#environment), usedAtMs: 0 };
    if (known) this.#residents.delete(groupId);
    this.#residents.set(groupId, resident);
    resident.usedAtMs = this.#environment.monotonicMs();
    resident.actor.offer(waiting);
    if (this.#residents.size > this.#options.maxActors) this.#makeRoom();
  }

  /** Lets go of actors that have been idle for too long; to be called now and then. */
  passivate(): void {
    const usedBefore = this.#environment.monotonicMs() - this.#options.idleMs;
    for (const [groupId, { actor, usedAtMs }] of this.#residents) {
      if (usedAtMs >= usedBefore) return;
      if (actor.idle) this.#residents.delete(groupId);
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

  #makeRoom(): void {
    for (const [groupId, { actor }] of this.#residents) {
      if (!actor.idle) continue;
      this.#residents.delete(groupId);
      return;
    }
  }
}
