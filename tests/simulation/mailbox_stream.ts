/**
 * The stream that stores the mailboxes of all groups: commands in one total order, and ticks, which tell
 * the owners of quiet blocks how far the stream has got. What every owner is done with is purged.
 */
import { headers as newHeaders } from "@nats-io/nats-core";
import { createHash } from "node:crypto";
import type { MailboxMessage } from "../../actors/host/testing/mod.ts";
import type { MailboxCommand } from "../../actors/protocol/mod.ts";
import { blockOf, groupSubject, headers, partitionOf } from "../../actors/protocol/routing/mod.ts";

/** A stored command. */
export interface Entry {
  readonly sequence: number;
  readonly groupId: string;
  readonly block: number;
  readonly command: MailboxCommand;
  readonly hash: string;
  /** When the stream took it in, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Names this sending of the command; answers are sent there. A timer wants none. */
  readonly replyTo?: string;
}

export const TICK_SUBJECT = "app.command.0.tick";
const HASH_CHARS = 22;
const encoder = new TextEncoder();

export class MailboxStream {
  readonly entries: Entry[] = [];
  readonly #messages: MailboxMessage[] = [];
  readonly #byBlock = new Map<number, Entry[]>();
  readonly #byReply = new Map<string, Entry>();
  readonly #waiting: (() => void)[] = [];
  #purgedTo = 0;

  /** The mailboxes of these groups. */
  constructor(groupIds: readonly string[]) {
    for (const groupId of groupIds) this.#byBlock.set(blockOf(partitionOf(groupId)), []);
  }

  append(
    command: MailboxCommand,
    options: { readonly replyTo?: string; readonly nowMs: number },
  ): Entry {
    const { group_id: groupId } = command;
    const data = encoder.encode(JSON.stringify(command));
    const entry = {
      ...options,
      command,
      groupId,
      sequence: this.lastSequence + 1,
      block: blockOf(partitionOf(groupId)),
      hash: createHash("sha256").update(data).digest("base64url").slice(0, HASH_CHARS),
    };
    this.entries.push(entry);
    this.ofBlock(entry.block).push(entry);
    const header = newHeaders();
    if (entry.replyTo === undefined) header.set(headers.STREAM_SOURCE, "TIMER-0 1");
    else {
      header.set(headers.REPLY_TO, entry.replyTo);
      this.#byReply.set(entry.replyTo, entry);
    }
    this.#store({ subject: groupSubject("command", groupId), data, headers: header }, entry.nowMs);
    return entry;
  }

  /** Adds a tick, unless the newest message is one. */
  tick(nowMs: number): void {
    if (this.#messages.at(-1)?.subject === TICK_SUBJECT) return;
    this.#store({ subject: TICK_SUBJECT, data: new Uint8Array(), headers: newHeaders() }, nowMs);
  }

  /** The first message after `position` that `wants` takes. */
  next(position: number, wants: (subject: string) => boolean): MailboxMessage | undefined {
    for (let at = Math.max(position, this.#purgedTo); at < this.#messages.length; at++) {
      const message = this.#messages[at];
      if (message && wants(message.subject)) return message;
    }
    return undefined;
  }

  /** The messages on `subject` from sequence `from` on, `maxMessages` at most. */
  range(subject: string, from: number, maxMessages: number): MailboxMessage[] {
    return this.#messages.slice(Math.max(from - 1, this.#purgedTo))
      .filter((message) => message.subject === subject)
      .slice(0, maxMessages);
  }

  /** Drops everything up to `sequence`. */
  purge(sequence: number): void {
    this.#purgedTo = Math.max(this.#purgedTo, sequence);
  }

  /** The commands of a block in order, purged ones too; grows as commands come in. */
  ofBlock(block: number): Entry[] {
    return this.#byBlock.get(block) ?? [];
  }

  /** Blocks that somebody may write to. */
  get blocks(): readonly number[] {
    return [...this.#byBlock.keys()];
  }

  /** Whether somebody may write to the block. */
  uses(block: number): boolean {
    return this.#byBlock.has(block);
  }

  /** Resolves when the next message comes in. */
  arrival(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The stored command that is answered at `replyTo`. */
  byReply(replyTo: string): Entry | undefined {
    return this.#byReply.get(replyTo);
  }

  get lastSequence(): number {
    return this.#messages.length;
  }

  #store(message: Pick<MailboxMessage, "subject" | "data" | "headers">, nowMs: number): void {
    this.#messages.push({
      ...message,
      seq: this.lastSequence + 1,
      timestampNanos: BigInt(nowMs) * 1_000_000n,
      json: () => JSON.parse(new TextDecoder().decode(message.data)),
    });
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
