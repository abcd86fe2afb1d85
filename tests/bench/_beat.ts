/** A beat that many wait for at the price of one timer, which runs only while somebody waits. */
export class Beat {
  readonly #everyMs: number;
  #next: Promise<void> | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Resolves at the next beat. */
  next(): Promise<void> {
    return this.#next ??= new Promise((resolve) =>
      setTimeout(() => {
        this.#next = undefined;
        resolve();
      }, this.#everyMs)
    );
  }
}
