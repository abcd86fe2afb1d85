/**
 * Cursors of the blocks in a key-value bucket: how far each block's mailbox is done. A saved cursor may
 * be older than the truth, never newer. It names the incarnation of the mailbox stream it is about.
 */
import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";

const BUCKET = "cursors";

interface SavedCursor {
  readonly sequence: number;
  /** When the mailbox stream was created: a stream made anew starts counting again. */
  readonly stream_created: string;
}

export class CursorStore {
  readonly #bucket: KV;

  private constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  /** Opens the bucket, made with `replicas` copies if it does not exist. */
  static async open(connection: NatsConnection, replicas: number): Promise<CursorStore> {
    return new CursorStore(await new Kvm(connection).create(BUCKET, { history: 1, replicas }));
  }

  /**
   * The cursor of `block`, 0 when none was saved.
   *
   * @throws {Error} when it belongs to another incarnation of the mailbox stream: going on could skip
   * commands, so an operator has to decide
   */
  async read(block: number, streamCreated: string): Promise<number> {
    const entry = await this.#bucket.get(keyOf(block));
    if (!entry || entry.operation !== "PUT") return 0;
    const saved = entry.json<SavedCursor>();
    if (saved.stream_created !== streamCreated) {
      throw new Error(
        `Cannot own block ${block}: its cursor belongs to a mailbox stream created ` +
          `${saved.stream_created}, the present one was created ${streamCreated}`,
      );
    }
    return saved.sequence;
  }

  /** Saves the cursor of `block`. */
  async save(block: number, sequence: number, streamCreated: string): Promise<void> {
    const saved: SavedCursor = { sequence, stream_created: streamCreated };
    await this.#bucket.put(keyOf(block), JSON.stringify(saved));
  }
}

function keyOf(block: number): string {
  return `block.${block}`;
}
