/**
 * The mailbox of the owned blocks of one stream: one ordered consumer for all of them; each command goes
 * to its actor and is counted in its block. One consumer costs the server a third less per
 * command than one per block. When blocks come, it is made anew from the lowest position needed.
 */
import type { JsMsg } from "@nats-io/jetstream";
import { createHash } from "node:crypto";
import type { MsgHdrs } from "@nats-io/nats-core";
import type { OrderedReader, OrderedReaderOptions } from "../../platform/mod.ts";
import {
  type ActorAddress,
  actorSubject,
  blockOf,
  headers,
  mailboxesFilter,
  parseActorSubject,
  partitionsOf,
} from "../../protocol/routing/mod.ts";
import type { Inbox } from "../actor/mod.ts";
import type { Block } from "./block.ts";
import { isFromTimer } from "../nats/mod.ts";

/** Commands taken from the mailbox ahead of their outcomes; the rest waits in the stream. */
const MAX_PENDING = 10_000;
const HASH_CHARS = 22;

/** A mailbox message that is no command. */
export interface Unreadable {
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly error: unknown;
}

/** What a mailbox needs of a message of its stream. */
export type MailboxMessage = Pick<
  JsMsg,
  "subject" | "seq" | "data" | "headers" | "timestampNanos" | "json"
>;

/** Starts reading the stream in order; the platform's reader on NATS, or a simulator's. */
export type ReadMailbox = (
  options: Omit<OrderedReaderOptions, "handle"> & {
    readonly handle: (message: MailboxMessage) => Promise<void>;
  },
) => Pick<OrderedReader, "position" | "stop">;

export interface MailboxOptions {
  readonly read: ReadMailbox;
  /** Stream that stores the mailboxes. */
  readonly stream: string;
  /** How many blocks it stores. */
  readonly blocksInStream: number;
  /** Subject of the stream's ticks. */
  readonly tickSubject: string;
  /** By name of the kind: where the messages for its actors go. */
  readonly inboxes: ReadonlyMap<string, Inbox>;
  /** Told of a message that is no command: it is set aside and passed over. */
  readonly setAside: (message: Unreadable) => Promise<void>;
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
  #pending = 0;
  #finished = 0;
  #roomMade: (() => void) | undefined;

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /** Commands finished since the start. */
  get finished(): number {
    return this.#finished;
  }

  /** Takes the commands of `blocks` too, from their cursors on; resolves when reading has begun. */
  add(blocks: readonly Block[]): Promise<void> {
    this.#coming.push(...blocks);
    return this.#inTurn(async () => {
      if (this.#coming.length > 0) await this.#restart();
    });
  }

  /** Takes no more commands of `blocks`, from now on; those taken go on to their outcomes. */
  remove(blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.#blocks.delete(block.number);
      if (this.#reader) block.advance(this.#reader.position);
    }
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
      this.#roomMade?.();
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
    const finish = this.#begin(block, message.seq);
    try {
      this.#receive(target, message, finish);
    } catch (error) {
      const { subject, data, headers, seq: sequence } = message;
      const { stream } = this.#options;
      await this.#options.setAside({ subject, stream, sequence, data, headers, error });
      return finish();
    }
    if (this.#pending >= MAX_PENDING) await this.#room();
  }

  /** @throws {Error} when it is no command of its actor */
  #receive(
    actor: ActorAddress,
    message: MailboxMessage,
    finish: () => void,
  ): void {
    const { kind, id } = actor;
    const inbox = this.#options.inboxes.get(kind);
    if (!inbox) throw new Error(`no host decides for actors of the kind "${kind}"`);
    // Throws as well when the id is none: nothing could be stored under it.
    const mailbox = actorSubject("command", actor);
    if (message.subject !== mailbox) throw new Error(`the mailbox of "${id}" is ${mailbox}`);
    const replyTo = message.headers?.get(headers.REPLY_TO);
    const traceparent = message.headers?.get(headers.TRACEPARENT);
    inbox.receive({
      id,
      isFromTimer: isFromTimer(message.headers),
      json: () => message.json(),
    }, {
      sequence: message.seq,
      nowMs: Number(message.timestampNanos / 1_000_000n),
      hash: fingerprint(message.data),
      ...(replyTo ? { replyTo } : {}),
      ...(traceparent ? { traceparent } : {}),
      finish,
    });
  }

  #begin(block: Block, sequence: number): () => void {
    const finish = block.begin(sequence);
    this.#pending++;
    return () => {
      finish();
      this.#finished++;
      if (--this.#pending < MAX_PENDING) this.#roomMade?.();
    };
  }

  #room(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#roomMade = () => {
      this.#roomMade = undefined;
      resolve();
    };
    return promise;
  }
}

function filterKey(filters: readonly string[] | undefined): string {
  return filters?.join() ?? "everything";
}

/** Fingerprint of a command's bytes: what tells a retry from another command under the same id. */
function fingerprint(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("base64url").slice(0, HASH_CHARS);
}
