/**
 * The cursor rule of a block: the highest mailbox sequence such that every command at or below it has
 * a durable outcome. Commands start in mailbox order and finish in any order.
 */
export class LowWaterMark {
  readonly #open = new Set<number>();
  #highest: number;
  /** Below everything that was given up. */
  #ceiling = Infinity;

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

  /** The command is left to the block's next owner: it is not pending, and the mark never passes it. */
  abandon(sequence: number): void {
    if (this.#open.delete(sequence)) this.#ceiling = Math.min(this.#ceiling, sequence - 1);
  }

  /** Everything up to `sequence` is known to hold nothing for this block but what has begun. */
  advance(sequence: number): void {
    this.#highest = Math.max(this.#highest, sequence);
  }

  /** Commands begun, and neither finished nor left. */
  get pending(): number {
    return this.#open.size;
  }

  /** The mark: safe to save as cursor. */
  get value(): number {
    // A set iterates in insertion order, which is mailbox order: the first open one is the lowest.
    for (const lowest of this.#open) return Math.min(lowest - 1, this.#ceiling);
    return Math.min(this.#highest, this.#ceiling);
  }
}
