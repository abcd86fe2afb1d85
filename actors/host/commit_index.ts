/** Where in the log each version of a group is: version → sequence of the message that holds it. */

const CAPACITY = 10_000;

/** Index over the newest commits of one group; older ones are found by reading from the start. */
export class CommitIndex {
  readonly #versions: number[] = [];
  readonly #sequences: number[] = [];

  /** Adds a commit whose first event has `version`; commits come in ascending order. */
  add(version: number, sequence: number): void {
    this.#versions.push(version);
    this.#sequences.push(sequence);
    if (this.#versions.length > 2 * CAPACITY) {
      this.#versions.splice(0, CAPACITY);
      this.#sequences.splice(0, CAPACITY);
    }
  }

  /** A sequence at or before the message that holds `version`; 1 when it is no longer indexed. */
  floor(version: number): number {
    let low = 0;
    let high = this.#versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#versions[middle] ?? Infinity) <= version) low = middle + 1;
      else high = middle;
    }
    return this.#sequences[low - 1] ?? 1;
  }
}
