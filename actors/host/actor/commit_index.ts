/** Where in the log each version of an actor is: version → sequence of the message that holds it. */
import type { CommitPlaces } from "../../protocol/snapshot/mod.ts";

const CAPACITY = 10_000;

/** Index over the newest commits of one actor; older ones are found by reading from the start. */
export class CommitIndex {
  readonly #versions: number[] = [];
  readonly #sequences: number[] = [];

  /** The index that {@link snapshot} wrote. */
  static from({ versions, sequences }: CommitPlaces): CommitIndex {
    const index = new CommitIndex();
    let version = 0;
    let sequence = 0;
    for (const [i, step] of versions.entries()) {
      version += step;
      sequence += sequences[i] ?? 0;
      index.add(version, sequence);
    }
    return index;
  }

  /** Commits in it. */
  get size(): number {
    return this.#versions.length;
  }

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
    return this.#sequences[this.#after(version) - 1] ?? 1;
  }

  /** The commits from the one that holds `firstVersion` to the one that begins at or before `version`. */
  snapshot(firstVersion: number, version: number): CommitPlaces {
    const from = Math.max(0, this.#after(firstVersion) - 1);
    const to = this.#after(version);
    return {
      versions: distances(this.#versions.slice(from, to)),
      sequences: distances(this.#sequences.slice(from, to)),
    };
  }

  /** How many commits begin at or before `version`. */
  #after(version: number): number {
    let low = 0;
    let high = this.#versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#versions[middle] ?? Infinity) <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function distances(ascending: readonly number[]): number[] {
  return ascending.map((value, i) => value - (ascending[i - 1] ?? 0));
}
