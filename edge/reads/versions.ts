/**
 * What each user has written lately: the last version per user and group that this process saw
 * committed. The next reads of that user ask the read model for at least that version, so that a client
 * that knows no versions reads what it wrote. Bounded; what is forgotten is long projected.
 */
import { LRUCache } from "lru-cache";

const USERS = 50_000;
const GROUPS_PER_USER = 64;

export class RecentVersions {
  readonly #users = new LRUCache<string, Map<string, number>>({ max: USERS });

  /** Notes that `userId` saw version `version` of `groupId` committed. */
  remember(userId: string, groupId: string, version: number): void {
    let groups = this.#users.get(userId);
    if (!groups) this.#users.set(userId, groups = new Map());
    const known = groups.get(groupId) ?? 0;
    if (version <= known) return;
    // Deleting first keeps the groups in the order of their last write.
    groups.delete(groupId);
    groups.set(groupId, version);
    if (groups.size <= GROUPS_PER_USER) return;
    const [oldest] = groups.keys();
    if (oldest !== undefined) groups.delete(oldest);
  }

  /** The version of `groupId` that `userId` must see at least; 0 when any will do. */
  required(userId: string, groupId: string): number {
    return this.#users.get(userId)?.get(groupId) ?? 0;
  }

  /** Every group with a version that `userId` must see at least. */
  allRequired(userId: string): [groupId: string, version: number][] {
    return [...this.#users.get(userId) ?? []];
  }

  /** Notes that the read model holds `version` of `groupId`, so nothing up to it need be waited for. */
  projected(userId: string, groupId: string, version: number): void {
    const groups = this.#users.get(userId);
    if (groups && version >= (groups.get(groupId) ?? Infinity)) groups.delete(groupId);
  }
}
