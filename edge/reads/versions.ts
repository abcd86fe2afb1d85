/**
 * What each user has written lately: the last version per user and group that this process saw
 * committed. The next reads of that user ask the read model for at least that version, so that a client
 * that knows no versions reads what it wrote. Bounded in number and in time: what is forgotten is long
 * projected, or the read model does not get on with that group, which must not stop its authors for good.
 */
import { LRUCache } from "lru-cache";

const USERS = 50_000;
const GROUPS_PER_USER = 64;
/** How long a version is required at most. */
const REQUIRED_MS = 5 * 60_000;

/** A version of a group that a user must see at least. */
export interface RequiredVersion {
  readonly version: number;
  /** Whether it has been waited for in vain. */
  readonly isLate: boolean;
}

interface Entry extends RequiredVersion {
  readonly untilMs: number;
}

export class RecentVersions {
  readonly #users = new LRUCache<string, Map<string, Entry>>({ max: USERS });
  readonly #now: () => number;

  constructor({ now = () => performance.now() }: { readonly now?: () => number } = {}) {
    this.#now = now;
  }

  /** Notes that `userId` saw version `version` of `groupId` committed. */
  remember(userId: string, groupId: string, version: number): void {
    let groups = this.#users.get(userId);
    if (!groups) this.#users.set(userId, groups = new Map());
    const known = groups.get(groupId)?.version ?? 0;
    if (version <= known) return;
    // Deleting first keeps the groups in the order of their last write.
    groups.delete(groupId);
    groups.set(groupId, { version, isLate: false, untilMs: this.#now() + REQUIRED_MS });
    if (groups.size <= GROUPS_PER_USER) return;
    const [oldest] = groups.keys();
    if (oldest !== undefined) groups.delete(oldest);
  }

  /** The version of `groupId` that `userId` must see at least; 0 when any will do. */
  required(userId: string, groupId: string): number {
    const groups = this.#users.get(userId);
    const entry = groups?.get(groupId);
    if (!entry) return 0;
    if (entry.untilMs > this.#now()) return entry.version;
    groups?.delete(groupId);
    return 0;
  }

  /** Every group with the version that `userId` must see at least. */
  allRequired(userId: string): [groupId: string, required: RequiredVersion][] {
    const groups = this.#users.get(userId);
    if (!groups) return [];
    const now = this.#now();
    for (const [groupId, { untilMs }] of groups) if (untilMs <= now) groups.delete(groupId);
    return [...groups];
  }

  /** Notes that the read model holds `version` of `groupId`, so nothing up to it need be waited for. */
  projected(userId: string, groupId: string, version: number): void {
    const groups = this.#users.get(userId);
    if (groups && version >= (groups.get(groupId)?.version ?? Infinity)) groups.delete(groupId);
  }

  /** Notes that `version` of `groupId` was waited for in vain. */
  late(userId: string, groupId: string, version: number): void {
    const groups = this.#users.get(userId);
    const entry = groups?.get(groupId);
    if (entry?.version === version) groups?.set(groupId, { ...entry, isLate: true });
  }
}
