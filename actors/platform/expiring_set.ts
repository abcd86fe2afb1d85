/**
 * Texts that are each remembered for the same time and then forgotten, such as the ids of what has been
 * revoked until nothing can refer to it any more. Bounded; holds no timer and knows nothing of NATS.
 */

export interface ExpiringSetOptions {
  /** How long each text is remembered, in milliseconds. */
  readonly keepMs: number;
  /** Most texts remembered; beyond that the ones that came first are forgotten. */
  readonly max: number;
  /** A clock that never goes back, in milliseconds; default the process's own. */
  readonly now?: () => number;
}

export class ExpiringSet {
  readonly #keepMs: number;
  readonly #max: number;
  readonly #now: () => number;
  /** By text, when it is forgotten; in the order in which they came, which is that of their ends. */
  readonly #until = new Map<string, number>();

  constructor({ keepMs, max, now = () => performance.now() }: ExpiringSetOptions) {
    this.#keepMs = keepMs;
    this.#max = max;
    this.#now = now;
  }

  /** How many texts are held; those whose time is over are let go with the next new one. */
  get size(): number {
    return this.#until.size;
  }

  /** Remembers `text` from now on; its time does not start again when it is remembered already. */
  add(text: string): void {
    if (this.has(text)) return;
    const now = this.#now();
    for (const [first, until] of this.#until) {
      if (until > now && this.#until.size < this.#max) break;
      this.#until.delete(first);
    }
    this.#until.set(text, now + this.#keepMs);
  }

  /** Whether `text` is remembered. */
  has(text: string): boolean {
    const until = this.#until.get(text);
    return until !== undefined && this.#now() < until;
  }
}
