/** What a check has counted, summed up and found so far. */
import { Checksum, type Difference, digestOf, lineOf } from "./compare.ts";
import type { Row } from "./fold.ts";

/** Differences that are told one by one; all are counted. */
const LISTED = 200;
const EXAMPLES = 20;

export interface Unreadable {
  readonly stream: string;
  readonly sequence: number;
  readonly reason: string;
}

export class Tally {
  readonly #log = new Checksum();
  readonly #tables = new Checksum();
  readonly #onDifference: (difference: Difference) => void;
  /** Rows of each table that were looked at. */
  readonly rows = new Map<string, number>();
  readonly listed: Difference[] = [];
  readonly unreadableExamples: Unreadable[] = [];
  differences = 0;
  unreadableCount = 0;

  constructor(onDifference: (difference: Difference) => void = () => {}) {
    this.#onDifference = onDifference;
  }

  get logChecksum(): string {
    return this.#log.toString();
  }

  get tablesChecksum(): string {
    return this.#tables.toString();
  }

  /** Adds a row of `table` as it must be and as it is; whether the two are the same. */
  row(table: string, key: string, expected: Row | undefined, actual: Row | undefined): boolean {
    const [must, is] = [expected, actual].map((row) => row && lineOf(table, key, row));
    const digest = must === undefined ? undefined : digestOf(must);
    if (digest) this.#log.add(digest);
    if (is !== undefined) {
      this.#tables.add(digest && is === must ? digest : digestOf(is));
      this.rows.set(table, (this.rows.get(table) ?? 0) + 1);
    }
    return is === must;
  }

  differ(differences: readonly Difference[]): void {
    for (const difference of differences) {
      this.differences++;
      if (this.listed.length < LISTED) this.listed.push(difference);
      this.#onDifference(difference);
    }
  }

  /** Counts a message that is in the log and cannot be in the tables. */
  unreadable(stream: string, sequence: number, error: unknown): void {
    this.unreadableCount++;
    if (this.unreadableExamples.length === EXAMPLES) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.unreadableExamples.push({ stream, sequence, reason });
  }
}
