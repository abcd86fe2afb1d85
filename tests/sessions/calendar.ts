/**
 * When what happens to which session: a calendar with a slot for each millisecond in which every session
 * stands at most once. Lists run through typed arrays, so that a million sessions cost a few bytes each.
 */
const NONE = -1;

export class Calendar {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** The slot a session stands in; `NONE` for one that stands nowhere. */
  readonly #slots: Int32Array;

  /** A calendar of `horizonMs` milliseconds for `sessions` sessions. */
  constructor(sessions: number, horizonMs: number) {
    this.#heads = new Int32Array(Math.ceil(horizonMs) + 1).fill(NONE);
    this.#next = new Int32Array(sessions).fill(NONE);
    this.#previous = new Int32Array(sessions).fill(NONE);
    this.#slots = new Int32Array(sessions).fill(NONE);
  }

  /** Has `session` taken at `atMs`, and at no other time; beyond the horizon it is taken never. */
  plan(session: number, atMs: number): void {
    this.cancel(session);
    const slot = Math.ceil(atMs);
    if (slot >= this.#heads.length) return;
    const head = this.#heads[slot] ?? NONE;
    this.#next[session] = head;
    this.#previous[session] = NONE;
    if (head !== NONE) this.#previous[head] = session;
    this.#heads[slot] = session;
    this.#slots[session] = slot;
  }

  /** Takes `session` out. */
  cancel(session: number): void {
    const slot = this.#slots[session] ?? NONE;
    if (slot === NONE) return;
    const next = this.#next[session] ?? NONE;
    const previous = this.#previous[session] ?? NONE;
    if (previous === NONE) this.#heads[slot] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    this.#slots[session] = NONE;
  }

  /** Takes a session that is due at `nowMs`; `undefined` when none is left. */
  take(nowMs: number): number | undefined {
    const session = this.#heads[nowMs] ?? NONE;
    if (session === NONE) return undefined;
    this.cancel(session);
    return session;
  }
}
