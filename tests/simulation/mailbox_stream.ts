/** The stream that stores the mailboxes of all groups: commands in one total order, each for ever. */
import { createHash } from "node:crypto";
import type { Command } from "../../actors/protocol/mod.ts";
import { blockOf, partitionOf } from "../../actors/protocol/routing/mod.ts";

/** A stored command. */
export interface Entry {
  readonly sequence: number;
  readonly groupId: string;
  readonly block: number;
  readonly command: Command;
  readonly hash: string;
  /** When the stream took it in, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Names this sending of the command; answers are sent there. */
  readonly replyTo: string;
}

export class MailboxStream {
  readonly entries: Entry[] = [];
  readonly #byBlock = new Map<number, Entry[]>();
  readonly #byReply = new Map<string, Entry>();
  readonly #waiting: (() => void)[] = [];

  /** The mailboxes of these groups. */
  constructor(groupIds: readonly string[]) {
    for (const groupId of groupIds) this.#byBlock.set(blockOf(partitionOf(groupId)), []);
  }

  append(command: Command, options: { readonly replyTo: string; readonly nowMs: number }): Entry {
    const groupId = command.group_id;
    const entry = {
      ...options,
      command,
      groupId,
      sequence: this.entries.length + 1,
      block: blockOf(partitionOf(groupId)),
      hash: createHash("sha256").update(JSON.stringify(command)).digest("base64url").slice(0, 22),
    };
    this.entries.push(entry);
    this.#byReply.set(entry.replyTo, entry);
    this.ofBlock(entry.block).push(entry);
    for (const wake of this.#waiting.splice(0)) wake();
    return entry;
  }

  /** Blocks that somebody may write to. */
  get blocks(): readonly number[] {
    return [...this.#byBlock.keys()];
  }

  /** Whether somebody may write to the block. */
  uses(block: number): boolean {
    return this.#byBlock.has(block);
  }

  /** Resolves when the next command comes in. */
  arrival(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The commands of a block in order; grows as commands come in. */
  ofBlock(block: number): Entry[] {
    return this.#byBlock.get(block) ?? [];
  }

  /** The stored command that is answered at `replyTo`. */
  byReply(replyTo: string): Entry | undefined {
    return this.#byReply.get(replyTo);
  }

  get lastSequence(): number {
    return this.entries.length;
  }
}
