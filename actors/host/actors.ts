/**
 * The resident actors of a host: busy ones are held, idle ones are kept while there is room and let go
 * least recently used first. Letting go loses nothing: activation is a cache miss.
 */
import { LRUCache } from "lru-cache";
import { type ActorEnvironment, GroupActor } from "./group_actor.ts";
import type { Waiting } from "./batch.ts";

export class Actors {
  readonly #environment: ActorEnvironment;
  readonly #busy = new Map<string, GroupActor>();
  readonly #idle: LRUCache<string, GroupActor>;

  constructor(
    environment: ActorEnvironment,
    options: { readonly maxIdleActors: number; readonly idleMs: number },
  ) {
    this.#environment = environment;
    this.#idle = new LRUCache({ max: options.maxIdleActors, ttl: options.idleMs });
  }

  /** Actors in memory. */
  get resident(): number {
    return this.#busy.size + this.#idle.size;
  }

  /** Hands a command to its group's actor, activating it if it is not resident. */
  offer(groupId: string, waiting: Waiting): void {
    const busy = this.#busy.get(groupId);
    if (busy) return busy.offer(waiting);
    const actor = this.#idle.get(groupId) ?? new GroupActor(groupId, this.#environment);
    this.#idle.delete(groupId);
    this.#busy.set(groupId, actor);
    actor.offer(waiting);
    void this.#release(actor);
  }

  async #release(actor: GroupActor): Promise<void> {
    while (!actor.idle) await actor.settled;
    this.#busy.delete(actor.groupId);
    this.#idle.set(actor.groupId, actor);
  }

  /** Resolves when no actor is busy. */
  async settle(): Promise<void> {
    while (this.#busy.size > 0) {
      await Promise.all([...this.#busy.values()].map((actor) => actor.settled));
    }
  }
}
