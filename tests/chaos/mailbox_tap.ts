/** Notes every entry of the mailbox stream as it comes, before the hosts let it go. */
import {
  type NatsConnection,
  type OrderedReader,
  readOrdered,
  streamName,
} from "../../actors/platform/mod.ts";
import type { Command } from "../../actors/protocol/mod.ts";
import { parseGroupSubject } from "../../actors/protocol/routing/mod.ts";
import type { MailboxEntry } from "../support/history.ts";

export class MailboxTap implements AsyncDisposable {
  readonly #entries: MailboxEntry[] = [];
  readonly #reader: OrderedReader;
  #next = 1;
  #missed = 0;

  constructor(connection: NatsConnection) {
    this.#reader = readOrdered(connection, {
      stream: streamName("CMD", 0),
      startSequence: 1,
      handle: ({ seq, subject, data }) => {
        this.#missed += seq - this.#next;
        this.#next = seq + 1;
        this.#note(seq, subject, data);
      },
    });
  }

  /** Entries that were gone before they could be noted. */
  get missed(): number {
    return this.#missed;
  }

  /** Waits until the stream holds nothing more; what was noted. */
  async entries(): Promise<readonly MailboxEntry[]> {
    while (!await this.#reader.isCaughtUp()) await new Promise((done) => setTimeout(done, 50));
    return this.#entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.stop();
  }

  #note(sequence: number, subject: string, data: Uint8Array): void {
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
