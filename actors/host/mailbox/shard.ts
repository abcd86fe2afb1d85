/**
 * The owned blocks of one mailbox stream: takes them from their saved cursors on, gives them away with
 * exact cursors, saves on the way, and purges what is done.
 */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger, pause, readOrdered, streamCreated, streamName } from "../../platform/mod.ts";
import {
  blockOf,
  type BlockReport,
  blocksOfShard,
  mailboxesFilter,
  mailboxTickSubject,
  partitionOf,
  partitionsOf,
} from "../../protocol/routing/mod.ts";
import { Block } from "./block.ts";
import type { CursorStore, SavedCursor } from "./cursor_store.ts";
import { fetchMessages } from "./fetch_messages.ts";
import { Mailbox, type MailboxOptions } from "./mailbox.ts";

/** How long a block that is given away may take to finish; what is left then, its next owner finds. */
const GIVE_MS = 2_000;

export interface ShardOptions extends Pick<MailboxOptions, "inboxes" | "setAside"> {
  readonly shard: number;
  /** How many shards there are. */
  readonly shards: number;
  readonly cursors: CursorStore;
}

interface Owned {
  readonly block: Block;
  saved: SavedCursor;
}

export class Shard {
  readonly stream: string;
  /** When the stream was created: cursors are about this incarnation. */
  readonly created: string;
  /** Numbers of the blocks that the stream stores. */
  readonly numbers: readonly number[];
  /** Messages between the lowest cursor of the owned blocks and the end of the stream, when last seen. */
  lag = 0;
  readonly #connection: NatsConnection;
  readonly #cursors: CursorStore;
  readonly #tickSubject: string;
  readonly #mailbox: Mailbox;
  readonly #inboxes: ShardOptions["inboxes"];
  readonly #owned = new Map<number, Owned>();
  /** Blocks that were given away with commands still pending. */
  readonly #lingering = new Map<number, Block>();
  #tickSequence = 0;

  private constructor(connection: NatsConnection, options: ShardOptions, created: string) {
    const { shard, shards, cursors, inboxes, setAside } = options;
    this.stream = streamName("CMD", shard);
    this.created = created;
    this.numbers = blocksOfShard(shard, shards);
    this.#connection = connection;
    this.#cursors = cursors;
    this.#inboxes = inboxes;
    this.#tickSubject = mailboxTickSubject(partitionsOf(this.numbers[0] ?? 0)[0] ?? 0);
    this.#mailbox = new Mailbox({
      read: (reading) => readOrdered(connection, reading),
      fetch: (request) => fetchMessages(connection, this.stream, request),
      pause,
      stream: this.stream,
      blocksInStream: this.numbers.length,
      tickSubject: this.#tickSubject,
      inboxes,
      setAside,
    });
  }

  /** Makes the shard, which owns nothing yet. */
  static async open(connection: NatsConnection, options: ShardOptions): Promise<Shard> {
    const created = await streamCreated(connection, streamName("CMD", options.shard));
    return new Shard(connection, options, created);
  }

  /** Commands finished since the start. */
  get finished(): number {
    return this.#mailbox.finished;
  }

  /** Commands that wait in the stream because their actors have enough in memory. */
  get parked(): number {
    return this.#mailbox.parked;
  }

  /** The owned blocks as they are reported. */
  get blocks(): BlockReport[] {
    return [...this.#owned.values()].map(({ block: { number, cursor, pending } }) => ({
      block: number,
      cursor,
      pending,
    }));
  }

  /**
   * Owns the blocks `numbers` from their `saved` cursors on; resolves when it reads them.
   *
   * @returns those that it owns now: one that was given away with commands pending has to wait for them
   */
  async take(
    numbers: readonly number[],
    saved: ReadonlyMap<number, SavedCursor>,
  ): Promise<readonly number[]> {
    // In one process a command must not be under way twice: the actor would see it out of order.
    const free = numbers.filter((number) => !((this.#lingering.get(number)?.pending ?? 0) > 0));
    const blocks = free.map((number) => {
      const cursor = saved.get(number) ?? { sequence: 0, revision: 0 };
      const block = new Block(number, cursor.sequence);
      this.#lingering.delete(number);
      this.#owned.set(number, { block, saved: cursor });
      return block;
    });
    await this.#mailbox.add(blocks);
    return free;
  }

  /**
   * Gives the blocks `numbers` away, all at the same time: stops taking, finishes what is in flight, saves
   * the cursor. `onGiven` is told of each when its next owner may start.
   */
  async give(numbers: readonly number[], onGiven: (number: number) => void): Promise<void> {
    const given = numbers.flatMap((number) => this.#owned.get(number) ?? []);
    this.#mailbox.remove(given.map(({ block }) => block));
    await Promise.all(given.map(async (owned) => {
      const { block } = owned;
      const patience = new AbortController();
      await Promise.race([block.idle(), pause(GIVE_MS, patience.signal)]);
      patience.abort();
      if (block.pending > 0) this.#lingering.set(block.number, block);
      try {
        await this.#saveOne(owned);
      } catch (error) {
        logger("host").warning("Block {block} is given away with an older cursor: {error}", {
          block: block.number,
          error,
        });
      }
      this.#owned.delete(block.number);
      onGiven(block.number);
    }));
    const gone = new Set(given.map(({ block }) => block.number));
    for (const inbox of this.#inboxes.values()) {
      inbox.release((id) => gone.has(blockOf(partitionOf(id))));
    }
  }

  /** Saves the cursors that have moved. */
  async save(): Promise<void> {
    await Promise.all([...this.#owned.values()].map((owned) => this.#saveOne(owned)));
  }

  /**
   * Drops mailbox messages below every saved cursor of the stream: their outcomes are in the log. The owner
   * of the stream's lowest block does it for all.
   */
  async purge(): Promise<void> {
    if (this.#owned.size === 0) {
      this.lag = 0;
      return;
    }
    const manager = await jetstreamManager(this.#connection, { checkAPI: false });
    const { state } = await manager.streams.info(this.stream);
    const lowest = Math.min(...[...this.#owned.values()].map(({ block }) => block.cursor));
    this.lag = Math.max(0, state.last_seq - lowest);
    const [first = 0] = this.numbers;
    if (!this.#owned.has(first) || state.messages === 0) return;
    const own = new Set(this.numbers);
    const saved = await this.#cursors.readAll((number) =>
      own.has(number) ? this.created : undefined
    );
    const cursorOf = (number: number) => saved.get(number)?.sequence ?? 0;
    const done = Math.min(...this.numbers.map(cursorOf));
    if (done >= state.first_seq) await manager.streams.purge(this.stream, { seq: done + 1 });
    if (done >= state.last_seq || this.#tickSequence === state.last_seq) return;
    try {
      const { seq } = await jetstream(this.#connection).publish(this.#tickSubject);
      this.#tickSequence = seq;
    } catch (error) {
      logger("host").warning("No tick fits into {stream}; purging block by block: {error}", {
        stream: this.stream,
        error,
      });
      // Without ticks the cursors of quiet blocks stay where they are and hold everything above.
      for (const number of this.numbers) {
        if (cursorOf(number) < state.first_seq) continue;
        for (const partition of partitionsOf(number)) {
          const filter = mailboxesFilter(partition);
          await manager.streams.purge(this.stream, { filter, seq: cursorOf(number) + 1 });
        }
      }
    }
  }

  async #saveOne(owned: Owned): Promise<void> {
    const { block, saved } = owned;
    const { cursor } = block;
    if (cursor <= saved.sequence) return;
    const known = { sequence: cursor, streamCreated: this.created };
    owned.saved = await this.#cursors.save(block.number, known, saved);
  }
}
