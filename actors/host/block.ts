/** One owned block: how far its part of the mailbox is done. */
import { LowWaterMark } from "./low_water_mark.ts";

export class Block {
  readonly number: number;
  readonly #start: number;
  readonly #mark: LowWaterMark;

  /** @param cursor mailbox sequence up to which everything of the block is done */
  constructor(number: number, cursor: number) {
    this.number = number;
    this.#start = cursor;
    this.#mark = new LowWaterMark(cursor);
  }

  /** Mailbox sequence up to which everything of this block has a durable outcome. */
  get cursor(): number {
    return this.#mark.value;
  }

  /** Commands taken and not finished. */
  get pending(): number {
    return this.#mark.pending;
  }

  /** Takes a command; the result is to be called once its outcome is durable. */
  begin(sequence: number): () => void {
    this.#mark.begin(sequence);
    return () => this.#mark.finish(sequence);
  }

  /** Whether the command was done before the block was taken over. */
  isDone(sequence: number): boolean {
    return sequence <= this.#start;
  }

  /** Moves the cursor over what is known to hold nothing for this block but what has begun. */
  advance(sequence: number): void {
    this.#mark.advance(sequence);
  }
}
