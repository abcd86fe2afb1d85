/**
 * The cursor rule of a block: the highest mailbox sequence such that every command at or below it has
 * a durable outcome. Commands start in mailbox order and finish in any order.
 */
export class LowWaterMark {
  readonly #open = new Set<number>();
  #highest: number;

  /** @param start sequence up to which everything is known to be done */
  constructor(start: number) {
    this.#highest = start;
  }

  /** A command was taken from the mailbox; `sequence` is above every earlier one. */
  begin(sequence: number): void {
    this.#open.add(sequence);
    this.#highest = sequence;
  }

  /** The command's outcome is durable. */
  finish(sequence: number): void {
    this.#open.delete(sequence);
  }

  /** Everything up to `sequence` is known to hold nothing for this block but what has begun. */
  advance(sequence: number): void {
    this.#highest = Math.max(this.#highest, sequence);
  }

  /** Commands begun and not finished. */
  get pending(): number {
    return this.#open.size;
  }

  /** The mark: safe to save as cursor. */
  get value(): number {
    // A set iterates in insertion order, which is mailbox order: the first open one is the lowest.
    for (const lowest of this.#open) return lowest - 1;
    return this.#highest;
  }
}
