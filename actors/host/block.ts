/**
 * One owned block: reads its partitions' mailboxes in order from the cursor on, hands each command to
 * its group's actor and keeps the low-water mark.
 */
import type { JsMsg } from "@nats-io/jetstream";
import { createHash } from "node:crypto";
import type { NatsConnection } from "@nats-io/nats-core";
import { type OrderedReader, readOrdered } from "../platform/mod.ts";
import type { Command } from "../protocol/mod.ts";
import {
  headers,
  parseGroupSubject,
  partitionFilter,
  partitionsOfBlock,
} from "../protocol/routing/mod.ts";
import type { Actors } from "./actors.ts";
import { LowWaterMark } from "./low_water_mark.ts";

/** Commands a block takes from its mailbox ahead of their outcomes; the rest waits in the stream. */
const MAX_PENDING = 2_000;
const HASH_CHARS = 22;

/** Told of a mailbox message that is no command: it is set aside and passed over. */
export type SetAside = (subject: string, data: Uint8Array, error: unknown) => Promise<void>;

export interface BlockOptions {
  readonly block: number;
  /** Mailbox stream that stores the block. */
  readonly stream: string;
  /** Everything at or below this mailbox sequence is done. */
  readonly cursor: number;
  readonly actors: Actors;
  readonly setAside: SetAside;
}

export class Block {
  readonly #options: BlockOptions;
  readonly #mark: LowWaterMark;
  readonly #reader: OrderedReader;
  #roomMade: (() => void) | undefined;

  constructor(connection: NatsConnection, options: BlockOptions) {
    this.#options = options;
    this.#mark = new LowWaterMark(options.cursor);
    this.#reader = readOrdered(connection, {
      stream: options.stream,
      filterSubjects: partitionsOfBlock(options.block).map((p) => partitionFilter("command", p)),
      startSequence: options.cursor + 1,
      handle: (message) => this.#take(message),
    });
  }

  /** Mailbox sequence up to which everything of this block has a durable outcome. */
  get cursor(): number {
    return this.#mark.value;
  }

  /** Commands taken and not finished. */
  get pending(): number {
    return this.#mark.pending;
  }

  /** Moves the cursor of a quiet block up to `lastSequence`, if nothing of it lies at or below that. */
  async catchUp(lastSequence: number): Promise<void> {
    if (await this.#reader.isCaughtUp()) this.#mark.advance(lastSequence);
  }

  /** Stops taking commands; those taken go on to their outcomes. */
  stop(): Promise<void> {
    this.#roomMade?.();
    return this.#reader.stop();
  }

  async #take(message: JsMsg): Promise<void> {
    const sequence = message.seq;
    this.#mark.begin(sequence);
    const finish = () => {
      this.#mark.finish(sequence);
      if (this.#mark.pending < MAX_PENDING) this.#roomMade?.();
    };
    const groupId = parseGroupSubject(message.subject)?.groupId;
    let command: Command;
    try {
      command = message.json<Command>();
      if (groupId === undefined || command.group_id !== groupId) {
        throw new Error(`the command names group "${command.group_id}"`);
      }
    } catch (error) {
      await this.#options.setAside(message.subject, message.data, error);
      return finish();
    }
    const replyTo = message.headers?.get(headers.REPLY_TO);
    const traceparent = message.headers?.get(headers.TRACEPARENT);
    this.#options.actors.offer(groupId, {
      command,
      sequence,
      nowMs: Number(message.timestampNanos / 1_000_000n),
      hash: fingerprint(message.data),
      ...(replyTo ? { replyTo } : {}),
      ...(traceparent ? { traceparent } : {}),
      finish,
    });
    if (this.#mark.pending >= MAX_PENDING) await this.#room();
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
