/** What the other streamers say of theirs in one group, each its last word. Pure. */
import type { LocalPresence, Present } from "./state.ts";

interface Other {
  readonly presence: LocalPresence;
  readonly heardAtMs: number;
}

export class Others {
  readonly #heard = new Map<string, Other>();
  #claimed = 0;

  /** How many streamers have somebody. */
  get size(): number {
    return this.#heard.size;
  }

  /** How many people they claim together: who is at two streamers counts twice. */
  get claimed(): number {
    return this.#claimed;
  }

  /** Takes in what one says; whether that one is new. */
  hear(presence: LocalPresence, nowMs: number): boolean {
    const isNew = presence.count > 0 && !this.#heard.has(presence.from);
    this.forget(presence.from);
    if (presence.count > 0) {
      this.#heard.set(presence.from, { presence, heardAtMs: nowMs });
      this.#claimed += presence.count;
    }
    return isNew;
  }

  /** Forgets one that is gone; whether it was known. */
  forget(from: string): boolean {
    this.#claimed -= this.#heard.get(from)?.presence.count ?? 0;
    return this.#heard.delete(from);
  }

  /** Forgets those that were not heard since `ms`; whether there were any. */
  forgetSilentSince(ms: number): boolean {
    let isAny = false;
    for (const [from, { heardAtMs }] of this.#heard) {
      if (heardAtMs < ms) isAny = this.forget(from) || isAny;
    }
    return isAny;
  }

  /** How many people there are beside those who are `here`: exact while all are listed. */
  countBeside(here: { has(userId: string): boolean }): number {
    let count = 0;
    for (const { presence } of this.#heard.values()) {
      count += Math.max(0, presence.count - presence.users.length);
      for (const { user_id } of presence.users) if (!here.has(user_id)) count++;
    }
    return count;
  }

  /** Everybody whom they list; who is at two streamers comes twice. */
  *people(): Generator<Present> {
    for (const { presence } of this.#heard.values()) yield* presence.users;
  }
}
