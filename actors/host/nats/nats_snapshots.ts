/**
 * Snapshots on NATS JetStream: the newest of each actor of a kind, gzipped, its head in the headers, and those that
 * are milestones.
 */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { readLastAnywhere, streamName } from "../../platform/mod.ts";
import { actorSubject, blockOf, partitionOf, shardOfBlock } from "../../protocol/routing/mod.ts";
import {
  fieldsOf,
  gzip,
  parseSnapshot,
  type SnapshotHead,
  type StoredSnapshot,
} from "../../protocol/snapshot/mod.ts";
import type { SnapshotStore } from "../actor/mod.ts";
import { Milestones } from "./_milestones.ts";

const READ_TIMEOUT_MS = 1_000;
const WRITE_TIMEOUT_MS = 5_000;
/** What the server counts besides the body: the headers. */
const HEADERS_MAX_BYTES = 1024;

interface PubAck {
  readonly seq?: number;
  readonly error?: { readonly description?: string };
}

export interface NatsSnapshotsOptions {
  /** Name of the kind. */
  readonly kind: string;
  /** How many streams the snapshots are cut into. */
  readonly shards: number;
  /** Lets everything else that is ready go first. */
  readonly giveWay: () => Promise<void>;
}

export class NatsSnapshots implements SnapshotStore {
  readonly #connection: NatsConnection;
  readonly #options: NatsSnapshotsOptions;
  readonly #milestones: Milestones;

  constructor(connection: NatsConnection, options: NatsSnapshotsOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#milestones = new Milestones(connection, options);
  }

  async read(id: string): Promise<StoredSnapshot | undefined> {
    const shard = shardOfBlock(blockOf(partitionOf(id)), this.#options.shards);
    const subject = this.#subjectOf(id);
    const stream = streamName("SNAP", shard);
    // An older snapshot only means reading more of the log.
    const message = await readLastAnywhere(this.#connection, stream, subject, READ_TIMEOUT_MS);
    if (!message) return undefined;
    const { headers, data } = message;
    const snapshot = parseSnapshot(id, { field: (name) => headers?.get(name) ?? "", data });
    this.#milestones.note(id, snapshot.head.version);
    return snapshot;
  }

  async write(
    id: string,
    { head, body }: { readonly head: SnapshotHead; readonly body: Iterable<string> },
  ): Promise<"stored" | "too-large"> {
    const data = await gzip(body, this.#options.giveWay);
    const limit = this.#connection.info?.max_payload ?? 0;
    if (data.length + HEADERS_MAX_BYTES > limit) return "too-large";
    const header = newHeaders();
    for (const [name, value] of fieldsOf(head)) header.set(name, value);
    const reply = await this.#connection.request(this.#subjectOf(id), data, {
      timeout: WRITE_TIMEOUT_MS,
      headers: header,
    });
    const ack = reply.json<PubAck>();
    if (!ack.seq || ack.error) {
      throw new Error(
        `Cannot store the snapshot of ${id}: ${ack.error?.description ?? "no sequence"}`,
      );
    }
    await this.#milestones.keep(id, { version: head.version, header, data });
    return "stored";
  }

  #subjectOf(id: string): string {
    return actorSubject("snapshot", { kind: this.#options.kind, id });
  }
}
