/**
 * Looks for names that a read model may not know yet: asks for a group's members until everybody who was wanted is
 * known, or it has been in vain too often. Who is wanted meanwhile joins the search that is under way. Knows
 * nothing of where names come from.
 */

/** How long to wait before each time that the members are asked for. */
const WAITS_MS = [0, 150, 400, 1_000, 2_500];

export interface NameSearchOptions {
  readonly isKnown: (userId: string) => boolean;
  /** Asks for the names of a group's members and learns them. */
  readonly ask: (groupId: string) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
}

interface Search {
  readonly groupId: string;
  readonly wanted: Set<string>;
  /** How often the members were asked for since somebody was wanted last. */
  asked: number;
}

export class NameSearch {
  readonly #options: NameSearchOptions;
  #underWay: Search | undefined;

  constructor(options: NameSearchOptions) {
    this.#options = options;
  }

  /**
   * Makes sure that the names of `userIds`, members of `groupId`, are known soon.
   *
   * @throws whatever asking throws
   */
  async find(groupId: string, userIds: readonly string[]): Promise<void> {
    const { isKnown, ask, pause } = this.#options;
    if (this.#underWay?.groupId === groupId) {
      const { wanted } = this.#underWay;
      const strangers = userIds.filter((id) => !wanted.has(id) && !isKnown(id));
      for (const id of strangers) wanted.add(id);
      if (strangers.length > 0) this.#underWay.asked = 0;
      return;
    }
    const search: Search = { groupId, wanted: new Set(userIds), asked: 0 };
    this.#underWay = search;
    try {
      while (![...search.wanted].every(isKnown)) {
        const waitMs = WAITS_MS[search.asked++];
        if (waitMs === undefined) return;
        await pause(waitMs);
        await ask(groupId);
      }
    } finally {
      if (this.#underWay === search) this.#underWay = undefined;
    }
  }
}
