/**
 * The log and its feed on NATS: the republished subject for what is new, batched direct get for what
 * was missed, the stream's leader where the newest state matters; and the snapshots beside it.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import {
  type Link,
  readLast,
  readLastAnywhere,
  readPage,
  streamCreated,
  streamName,
  watchLink,
} from "../platform/mod.ts";
import { blockOf, groupSubject, partitionOf, shardOfBlock } from "../protocol/routing/mod.ts";
import { incarnationOf, parseSnapshot, type StoredSnapshot } from "../protocol/snapshot/mod.ts";
import type { RawCommit } from "./commit.ts";
import type { GroupLog, LogPage, PageLimits } from "./group_log.ts";

/** Pages and snapshots asked for at once; more wait, so that a storm of readers does not flood the server. */
export const READS_AT_ONCE = 64;
/** Then the log is read from its start. */
const SNAPSHOT_TIMEOUT_MS = 1_000;

export class NatsGroupLog implements GroupLog {
  readonly #connection: NatsConnection;
  readonly #link: Link;
  readonly #shards: number;
  readonly #waiting: (() => void)[] = [];
  #reading = 0;
  /** When each stream of the log was created, as it was last heard. */
  readonly #created = new Map<string, string>();

  /** The log on `connection`, cut into `shards` streams. */
  constructor(connection: NatsConnection, options: { readonly shards: number }) {
    this.#connection = connection;
    this.#link = watchLink(connection);
    this.#shards = options.shards;
  }

  async follow(groupId: string, deliver: (message: RawCommit) => void): Promise<() => void> {
    // A flush would wait until the connection is back, however long that takes.
    if (!this.#link.isConnected) throw new Error("NATS cannot be reached");
    const subscription = this.#connection.subscribe(groupSubject("feed", groupId), {
      callback: (error, message) => {
        if (error) return;
        deliver({
          sequence: Number(message.headers?.get("Nats-Sequence")),
          previousSequence: Number(message.headers?.get("Nats-Last-Sequence")),
          bytes: message.data,
        });
      },
    });
    try {
      await this.#connection.flush();
    } catch (error) {
      subscription.unsubscribe();
      throw error;
    }
    return () => subscription.unsubscribe();
  }

  read(groupId: string, from: number, limits: PageLimits): Promise<LogPage> {
    return this.#inTurn(async () => {
      const { messages, complete } = await readPage(this.#connection, {
        ...limits,
        stream: this.#streamOf("EV", groupId),
        subject: groupSubject("event", groupId),
        from,
      });
      return {
        messages: messages.map(({ sequence, data }) => ({ sequence, bytes: data })),
        complete,
      };
    });
  }

  snapshot(groupId: string): Promise<StoredSnapshot | undefined> {
    return this.#inTurn(async () => {
      const message = await readLastAnywhere(
        this.#connection,
        this.#streamOf("SNAP", groupId),
        groupSubject("snapshot", groupId),
        SNAPSHOT_TIMEOUT_MS,
      );
      if (!message) return undefined;
      const { headers, data } = message;
      return parseSnapshot(groupId, { field: (name) => headers?.get(name) ?? "", data });
    });
  }

  async incarnation(groupId: string): Promise<string> {
    const stream = this.#streamOf("EV", groupId);
    return incarnationOf(stream, this.#created.get(stream) ?? await this.#askCreated(stream));
  }

  async newest(groupId: string): Promise<number> {
    const subject = groupSubject("event", groupId);
    const message = await readLast(this.#connection, this.#streamOf("EV", groupId), subject);
    return message?.sequence ?? 0;
  }

  async epoch(): Promise<string> {
    const created = await Promise.all(
      Array.from(
        { length: this.#shards },
        (_, shard) => this.#askCreated(streamName("EV", shard)),
      ),
    );
    // A shard that is made again is younger than all of them were.
    return Math.max(...created.map((instant) => Date.parse(instant))).toString(36);
  }

  async #askCreated(stream: string): Promise<string> {
    const created = await streamCreated(this.#connection, stream);
    this.#created.set(stream, created);
    return created;
  }

  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    if (this.#reading >= READS_AT_ONCE) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#reading++;
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on; only without a taker does it become free.
      if (next) next();
      else this.#reading--;
    }
  }

  #streamOf(kind: "EV" | "SNAP", groupId: string): string {
    return streamName(kind, shardOfBlock(blockOf(partitionOf(groupId)), this.#shards));
  }
}
