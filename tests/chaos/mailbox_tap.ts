/**
 * Notes every entry of a mailbox stream as it comes, before the hosts let it go, over restarts of the
 * server too. Where some were gone before they could be noted, it knows what it may not know.
 */
import { jetstreamManager } from "@nats-io/jetstream";
import {
  type DeliveredMessage,
  type NatsConnection,
  readBatches,
  streamName,
} from "../../actors/platform/mod.ts";
import type { Command } from "../../actors/protocol/mod.ts";
import { parseGroupSubject } from "../../actors/protocol/routing/mod.ts";
import { eventually } from "../support/eventually.ts";
import type { Answered, MailboxEntry } from "../support/history.ts";
import { type Gap, surelyFirst } from "./tap_gaps.ts";

const BATCH = { maxMessages: 1_000, maxBytes: 4 * 1024 * 1024 };
const CAUGHT_UP_MS = 30_000;

export class MailboxTap implements AsyncDisposable {
  readonly #entries: MailboxEntry[] = [];
  readonly #gaps: Gap[] = [];
  readonly #stopping = new AbortController();
  readonly #connection: NatsConnection;
  readonly #stream: string;
  readonly #done: Promise<void>;
  #position = 0;

  /** Listens to shard `shard` of the mailboxes; there is only the first where nothing else is said. */
  constructor(connection: NatsConnection, shard = 0) {
    this.#connection = connection;
    this.#stream = streamName("CMD", shard);
    this.#done = this.#read();
  }

  /** Entries that were gone before they could be noted. */
  get missed(): number {
    return this.#gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  }

  /** The entries that surely are the first of their commands, once the stream holds nothing more. */
  async placedEntries(history: readonly Answered[]): Promise<readonly MailboxEntry[]> {
    await eventually(() => this.#isCaughtUp(), "all of the mailbox to be read", CAUGHT_UP_MS);
    return surelyFirst(this.#entries, this.#gaps, history);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #isCaughtUp(): Promise<boolean> {
    const manager = await jetstreamManager(this.#connection, { checkAPI: false });
    const { last_seq, messages } = (await manager.streams.info(this.#stream)).state;
    return this.#position >= last_seq || messages === 0;
  }

  async #read(): Promise<void> {
    const { signal } = this.#stopping;
    const batches = readBatches(this.#connection, {
      stream: this.#stream,
      startSequence: 1,
      ...BATCH,
      decode: (message) => message,
      signal,
    });
    for await (const batch of batches) {
      for (const message of batch) this.#take(message);
    }
  }

  #take(message: DeliveredMessage): void {
    const { sequence } = message;
    if (sequence > this.#position + 1) {
      const [from, to] = [this.#position + 1, sequence - 1];
      this.#gaps.push({ from, to, notedAtMs: performance.now() });
    }
    this.#note(message);
    this.#position = sequence;
  }

  #note({ sequence, subject, data }: DeliveredMessage): void {
    const groupId = parseGroupSubject(subject)?.groupId;
    if (groupId === undefined) return;
    try {
      const { command_id: commandId } = JSON.parse(new TextDecoder().decode(data)) as Command;
      this.#entries.push({ sequence, groupId, commandId });
    } catch (error) {
      // Poison that a scenario put there.
      if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    }
  }
}
