/** One owned block: what of its part of the mailbox has been taken, and how far it is done. */
import { LowWaterMark } from "./low_water_mark.ts";

export class Block {
  readonly number: number;
  readonly #mark: LowWaterMark;
  #taken: number;
  #whenIdle: PromiseWithResolvers<void> | undefined;

  /** @param cursor mailbox sequence up to which everything of the block is done */
  constructor(number: number, cursor: number) {
    this.number = number;
    this.#taken = cursor;
    this.#mark = new LowWaterMark(cursor);
  }

  /** Mailbox sequence up to which everything of this block has a durable outcome. */
  get cursor(): number {
    return this.#mark.value;
  }

  /** Mailbox sequence up to which everything of this block has been taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Commands taken and not finished. */
  get pending(): number {
    return this.#mark.pending;
  }

  /** Takes a command. */
  begin(sequence: number): void {
    this.#taken = sequence;
    this.#mark.begin(sequence);
  }

  /** The outcome of a command that it took is durable. */
  finish(sequence: number): void {
    this.#mark.finish(sequence);
    this.#resolveIfIdle();
  }

  /** Leaves a command that it has taken to its next owner; the cursor stays below it. */
  abandon(sequence: number): void {
    this.#mark.abandon(sequence);
    this.#resolveIfIdle();
  }

  /** Whether the command was taken before, or was done before the block was taken over. */
  isTaken(sequence: number): boolean {
    return sequence <= this.#taken;
  }

  /** Everything up to `sequence` is known to hold nothing for this block but what was taken. */
  advance(sequence: number): void {
    this.#taken = Math.max(this.#taken, sequence);
    this.#mark.advance(sequence);
  }

  /** Resolves when nothing is pending; nothing may be taken any more. */
  idle(): Promise<void> {
    this.#whenIdle ??= Promise.withResolvers<void>();
    this.#resolveIfIdle();
    return this.#whenIdle.promise;
  }

  #resolveIfIdle(): void {
    if (this.#mark.pending === 0) this.#whenIdle?.resolve();
  }
}
