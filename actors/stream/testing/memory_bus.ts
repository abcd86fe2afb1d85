/** Streamers that tell each other of presence in memory, over links that may lose everything. */
import type { Doing, PresenceBus } from "../presence/mod.ts";

type GroupListener = Parameters<PresenceBus["follow"]>[1];
type LocalPresence = Parameters<PresenceBus["tell"]>[1];

export class MemoryBus implements PresenceBus {
  readonly #groups = new Map<string, Set<GroupListener>>();
  readonly #streamers = new Set<(from: string) => void>();
  /** Names of streamers nobody hears. */
  readonly silent = new Set<string>();
  /** How many messages about groups were sent, and their bytes, each counted once. */
  sent = 0;
  sentBytes = 0;
  /** How often was passed on what a user says. */
  said = 0;

  follow(groupId: string, listener: GroupListener): () => void {
    const listeners = this.#groups.get(groupId) ?? new Set();
    this.#groups.set(groupId, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  followStreamers(heard: (from: string) => void): () => void {
    this.#streamers.add(heard);
    return () => void this.#streamers.delete(heard);
  }

  tell(groupId: string, presence: LocalPresence): void {
    const text = JSON.stringify(presence);
    this.sent++;
    this.sentBytes += new TextEncoder().encode(text).length;
    if (this.silent.has(presence.from)) return;
    // As it would arrive: nothing is shared with who sent it.
    const arrived: LocalPresence = JSON.parse(text);
    for (const { heard } of [...this.#groups.get(groupId) ?? []]) heard(arrived);
  }

  say(groupId: string, userId: string, doing: Doing): Promise<boolean> {
    this.said++;
    const answers = [...this.#groups.get(groupId) ?? []].map(({ told }) => told(userId, doing));
    return Promise.resolve(answers.includes(true));
  }

  alive(from: string): void {
    if (this.silent.has(from)) return;
    for (const heard of [...this.#streamers]) heard(from);
  }
}
