/**
 * The mailbox of the owned blocks of one stream: one ordered consumer for all of them. One consumer costs
 * the server a third less per command than one per block. When blocks come, it is made anew from the lowest
 * position needed. What becomes of a message that is read is the matter of its lane.
 */
import type { OrderedReader, OrderedReaderOptions } from "../../platform/mod.ts";
import {
  blockOf,
  mailboxesFilter,
  parseActorSubject,
  partitionsOf,
} from "../../protocol/routing/mod.ts";
import type { Block } from "./block.ts";
import { Lanes, type LanesOptions } from "./lanes.ts";
import type { MailboxMessage } from "./message.ts";

/** Starts reading the stream in order; the platform's reader on NATS, or a simulator's. */
export type ReadMailbox = (
  options: Omit<OrderedReaderOptions, "handle"> & {
    readonly handle: (message: MailboxMessage) => Promise<void>;
  },
) => Pick<OrderedReader, "position" | "stop">;

export interface MailboxOptions extends LanesOptions {
  readonly read: ReadMailbox;
  /** How many blocks it stores. */
  readonly blocksInStream: number;
  /** Subject of the stream's ticks. */
  readonly tickSubject: string;
}

export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #blocks = new Map<number, Block>();
  /** Blocks to be read too from the next reader on. */
  #coming: Block[] = [];
  #reader: ReturnType<ReadMailbox> | undefined;
  /** The filter of the present reader, as one text. */
  #filter = "";
  #changing: Promise<void> = Promise.resolve();
  readonly #lanes: Lanes;

  constructor(options: MailboxOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options);
  }

  /** Commands finished since the start. */
  get finished(): number {
    return this.#lanes.finished;
  }

  /** Commands that wait in the stream because their actors have enough in memory. */
  get parked(): number {
    return this.#lanes.parked;
  }

  /** Takes the commands of `blocks` too, from their cursors on; resolves when reading has begun. */
  add(blocks: readonly Block[]): Promise<void> {
    this.#coming.push(...blocks);
    return this.#inTurn(async () => {
      if (this.#coming.length > 0) await this.#restart();
    });
  }

  /** Takes no more commands of `blocks`, from now on; those in memory go on to their outcomes. */
  remove(blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.#blocks.delete(block.number);
      if (this.#reader) block.advance(this.#reader.position);
    }
    this.#lanes.abandon(blocks);
    void this.#inTurn(async () => {
      if (
        this.#reader && (this.#blocks.size === 0 || filterKey(this.#filters()) !== this.#filter)
      ) {
        await this.#restart();
      }
    });
  }

  /** Runs one change after the other. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    return this.#changing = this.#changing.then(change);
  }

  /** Ends the reader, which holds the order of commands, before anything else is read. */
  async #restart(): Promise<void> {
    const reader = this.#reader;
    if (reader) {
      this.#lanes.stopWaiting();
      await reader.stop();
      this.#reader = undefined;
      for (const block of this.#blocks.values()) block.advance(reader.position);
    }
    for (const block of this.#coming) this.#blocks.set(block.number, block);
    this.#coming = [];
    if (this.#blocks.size === 0) return;
    const filterSubjects = this.#filters();
    this.#filter = filterKey(filterSubjects);
    this.#reader = this.#options.read({
      stream: this.#options.stream,
      startSequence: Math.min(...[...this.#blocks.values()].map(({ taken }) => taken)) + 1,
      ...(filterSubjects ? { filterSubjects } : {}),
      handle: (message) => this.#take(message),
    });
  }

  /** What to read; `undefined` is everything, which is cheaper as soon as half of it is wanted. */
  #filters(): readonly string[] | undefined {
    const { blocksInStream, tickSubject } = this.#options;
    if (this.#blocks.size * 2 >= blocksInStream) return undefined;
    const partitions = [...this.#blocks.keys()].sort((a, b) => a - b).flatMap(partitionsOf);
    // Whatever the kind: a message for actors that nobody knows is to be seen, and set aside.
    const filters = partitions.map(mailboxesFilter);
    const ticksIn = parseActorSubject(tickSubject)?.partition;
    return ticksIn !== undefined && partitions.includes(ticksIn)
      ? filters
      : [...filters, tickSubject];
  }

  async #take(message: MailboxMessage): Promise<void> {
    if (message.subject === this.#options.tickSubject) {
      for (const block of this.#blocks.values()) block.advance(message.seq);
      return;
    }
    const target = parseActorSubject(message.subject);
    const block = target && this.#blocks.get(blockOf(target.partition));
    if (!target || !block || block.isTaken(message.seq)) return;
    await this.#lanes.take(block, target, message);
  }
}

function filterKey(filters: readonly string[] | undefined): string {
  return filters?.join() ?? "everything";
}
