/**
 * The commands of one actor that are on their way: those in memory, and those that wait in the stream for
 * their turn, of which only the sequences are kept. So an actor that is slow, or gets more than it can do,
 * takes its own share of the memory and nobody else's.
 */
import type { Block } from "./block.ts";

export interface LaneLimits {
  /** Most commands, and bytes of commands, of one actor in memory. */
  readonly maxCommands: number;
  readonly maxBytes: number;
}

export class Lane {
  /** The block of the actor. */
  block: Block;
  /** Whether somebody is fetching what is parked. */
  isFetching = false;
  readonly #limits: LaneLimits;
  #commands = 0;
  #bytes = 0;
  /** Sequences in mailbox order. */
  #parked: number[] = [];

  constructor(block: Block, limits: LaneLimits) {
    this.block = block;
    this.#limits = limits;
  }

  /** Whether nothing of the actor is on its way. */
  get isEmpty(): boolean {
    return this.#commands === 0 && this.#parked.length === 0 && !this.isFetching;
  }

  /** Whether the next command has to wait: there is no room, or others wait before it. */
  get isFull(): boolean {
    const { maxCommands, maxBytes } = this.#limits;
    return this.#parked.length > 0 || this.isFetching || this.#commands >= maxCommands ||
      this.#bytes >= maxBytes;
  }

  /** Whether what is parked can be fetched: half of the room is free, so that it is worth a request. */
  get hasRoom(): boolean {
    const { maxCommands, maxBytes } = this.#limits;
    return 2 * this.#commands <= maxCommands && 2 * this.#bytes <= maxBytes;
  }

  /** Commands that wait in the stream. */
  get parked(): number {
    return this.#parked.length;
  }

  /** The first that waits in the stream. */
  get firstParked(): number | undefined {
    return this.#parked[0];
  }

  /** A command comes into memory. */
  enter(bytes: number): void {
    this.#commands++;
    this.#bytes += bytes;
  }

  /** A command is done with. */
  leave(bytes: number): void {
    this.#commands--;
    this.#bytes -= bytes;
  }

  /** A command waits in the stream; its sequence is above those of all others. */
  park(sequence: number): void {
    this.#parked.push(sequence);
  }

  /** The first that was parked is not any more. */
  unpark(): void {
    this.#parked.shift();
  }

  /** Leaves what is parked to the next owner of the block. */
  abandon(): void {
    for (const sequence of this.#parked) this.block.abandon(sequence);
    this.#parked = [];
  }
}
