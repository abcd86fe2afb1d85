/**
 * Cursors of the blocks in a key-value bucket: how far each block's mailbox is done. A saved cursor may
 * be older than the truth, never newer, and it never goes back: of two hosts that both believe they own a
 * block, the one that is behind saves nothing. It names the incarnation of the stream it is about.
 */
import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { isWrongLastSequence, readFrom } from "../../platform/mod.ts";
import { BLOCKS, CURSOR_BUCKET, cursorKey, type CursorRecord } from "../../protocol/routing/mod.ts";

/** A cursor as it was saved. */
export interface SavedCursor {
  /** Mailbox sequence up to which everything is done; 0 when no cursor was saved. */
  readonly sequence: number;
  /** Which write of the bucket it is; 0 when there was none. */
  readonly revision: number;
}

/**
 * A saved cursor belongs to another incarnation of the mailbox stream: going on could skip commands, so
 * an operator has to decide.
 */
export class ForeignCursorError extends Error {
  override readonly name = "ForeignCursorError";
}

export class CursorStore {
  readonly #connection: NatsConnection;
  readonly #bucket: KV;

  private constructor(connection: NatsConnection, bucket: KV) {
    this.#connection = connection;
    this.#bucket = bucket;
  }

  /** Opens the bucket, made with `replicas` copies if it does not exist. */
  static async open(connection: NatsConnection, replicas: number): Promise<CursorStore> {
    const bucket = await new Kvm(connection).create(CURSOR_BUCKET, { history: 1, replicas });
    return new CursorStore(connection, bucket);
  }

  /**
   * The cursors of blocks, by number.
   *
   * @param createdOf when the stream that stores a block was created; a block without is left out
   * @throws {ForeignCursorError} when one belongs to another incarnation of its stream
   */
  async readAll(
    createdOf: (block: number) => string | undefined,
  ): Promise<ReadonlyMap<number, SavedCursor>> {
    const cursors = new Map<number, SavedCursor>();
    for (let block = 0; block < BLOCKS; block++) {
      if (createdOf(block) !== undefined) cursors.set(block, { sequence: 0, revision: 0 });
    }
    const subject = `$KV.${CURSOR_BUCKET}.${cursorKey("*")}`;
    for await (const message of readFrom(this.#connection, `KV_${CURSOR_BUCKET}`, subject, 1)) {
      const { headers, data, sequence: revision } = message;
      const block = Number(headers?.get("Nats-Subject").slice(subject.length - 1));
      const created = createdOf(block);
      if (created === undefined) continue;
      if (headers?.get("KV-Operation")) {
        cursors.set(block, { sequence: 0, revision });
        continue;
      }
      const record = JSON.parse(new TextDecoder().decode(data)) as CursorRecord;
      requireSame(block, record.stream_created, created);
      cursors.set(block, { sequence: record.sequence, revision });
    }
    return cursors;
  }

  /**
   * Saves the cursor of `block` over the one that was read or saved as `known`; what another host has
   * saved meanwhile stays if it is further on.
   *
   * @returns what is saved now
   * @throws {ForeignCursorError} when another host's belongs to another incarnation of the stream
   */
  async save(
    block: number,
    cursor: { readonly sequence: number; readonly streamCreated: string },
    known: SavedCursor,
  ): Promise<SavedCursor> {
    const { sequence, streamCreated } = cursor;
    const record: CursorRecord = { sequence, stream_created: streamCreated };
    let before = known;
    while (before.sequence < sequence) {
      try {
        const data = JSON.stringify(record);
        // Not `update`, which refuses the revision 0 of a key that was never written.
        const options = { previousSeq: before.revision };
        const revision = await this.#bucket.put(cursorKey(block), data, options);
        return { sequence, revision };
      } catch (error) {
        if (!isWrongLastSequence(error)) throw error;
        const present = await this.#read(block, streamCreated);
        // A replica that lags shows what was known before: it is saved another time.
        if (present.revision === before.revision) throw error;
        before = present;
      }
    }
    return before;
  }

  async #read(block: number, streamCreated: string): Promise<SavedCursor> {
    const entry = await this.#bucket.get(cursorKey(block));
    if (!entry) return { sequence: 0, revision: 0 };
    if (entry.operation !== "PUT") return { sequence: 0, revision: entry.revision };
    const { sequence, stream_created } = entry.json<CursorRecord>();
    requireSame(block, stream_created, streamCreated);
    return { sequence, revision: entry.revision };
  }
}

function requireSame(block: number, saved: string, present: string): void {
  if (saved === present) return;
  throw new ForeignCursorError(
    `Cannot own block ${block}: its cursor belongs to a mailbox stream created ` +
      `${saved}, the present one was created ${present}`,
  );
}
