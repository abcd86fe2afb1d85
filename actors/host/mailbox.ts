/**
 * The mailbox of the blocks of one stream: one ordered consumer for all of them, from the lowest cursor
 * on; each command goes to its group's actor and is counted in its block. One consumer costs the server
 * a third less per command than one per block, whose filters it has to weigh for each message.
 */
import type { JsMsg } from "@nats-io/jetstream";
import { createHash } from "node:crypto";
import type { NatsConnection } from "@nats-io/nats-core";
import { type OrderedReader, readOrdered } from "../platform/mod.ts";
import type { Command } from "../protocol/mod.ts";
import { blockOf, headers, parseGroupSubject } from "../protocol/routing/mod.ts";
import type { Actors } from "./actors.ts";
import type { Block } from "./block.ts";

/** Commands taken from the mailbox ahead of their outcomes; the rest waits in the stream. */
const MAX_PENDING = 10_000;
const HASH_CHARS = 22;

/** Told of a mailbox message that is no command: it is set aside and passed over. */
export type SetAside = (subject: string, data: Uint8Array, error: unknown) => Promise<void>;

export interface MailboxOptions {
  /** Stream that stores the mailboxes. */
  readonly stream: string;
  /** All blocks that the stream stores. */
  readonly blocks: readonly Block[];
  readonly actors: Actors;
  readonly setAside: SetAside;
}

export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #blocks: ReadonlyMap<number, Block>;
  readonly #reader: OrderedReader;
  #pending = 0;
  #roomMade: (() => void) | undefined;

  constructor(connection: NatsConnection, options: MailboxOptions) {
    const { blocks, stream } = options;
    this.#options = options;
    this.#blocks = new Map(blocks.map((block) => [block.number, block]));
    this.#reader = readOrdered(connection, {
      stream,
      startSequence: Math.min(...blocks.map(({ cursor }) => cursor)) + 1,
      handle: (message) => this.#take(message),
    });
  }

  /** Moves the cursors up to `lastSequence` if everything up to there has been taken. */
  async catchUp(lastSequence: number): Promise<void> {
    if (!await this.#reader.isCaughtUp()) return;
    for (const block of this.#blocks.values()) block.advance(lastSequence);
  }

  /** Stops taking commands; those taken go on to their outcomes. */
  stop(): Promise<void> {
    this.#roomMade?.();
    return this.#reader.stop();
  }

  async #take(message: JsMsg): Promise<void> {
    const target = parseGroupSubject(message.subject);
    const block = target && this.#blocks.get(blockOf(target.partition));
    if (!target || !block || block.isDone(message.seq)) return;
    const finish = this.#begin(block, message.seq);
    let command: Command;
    try {
      command = message.json<Command>();
      if (command.group_id !== target.groupId) {
        throw new Error(`the command names group "${command.group_id}"`);
      }
    } catch (error) {
      await this.#options.setAside(message.subject, message.data, error);
      return finish();
    }
    const replyTo = message.headers?.get(headers.REPLY_TO);
    const traceparent = message.headers?.get(headers.TRACEPARENT);
    this.#options.actors.offer(target.groupId, {
      command,
      sequence: message.seq,
      nowMs: Number(message.timestampNanos / 1_000_000n),
      hash: fingerprint(message.data),
      ...(replyTo ? { replyTo } : {}),
      ...(traceparent ? { traceparent } : {}),
      finish,
    });
    if (this.#pending >= MAX_PENDING) await this.#room();
  }

  #begin(block: Block, sequence: number): () => void {
    const finish = block.begin(sequence);
    this.#pending++;
    return () => {
      finish();
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

/** Fingerprint of a command's bytes: what tells a retry from another command under the same id. */
function fingerprint(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("base64url").slice(0, HASH_CHARS);
}
