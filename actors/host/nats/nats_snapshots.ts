/** Snapshots on NATS JetStream: the newest of each actor of a kind, gzipped, its head in the headers. */
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import { streamName } from "../../platform/mod.ts";
import {
  actorSubject,
  blockOf,
  headers,
  partitionOf,
  shardOfBlock,
} from "../../protocol/routing/mod.ts";
import { gunzip, gzip } from "./gzip.ts";
import { type SnapshotHead, type SnapshotStore, UnusableSnapshotError } from "../actor/mod.ts";

const READ_TIMEOUT_MS = 1_000;
const WRITE_TIMEOUT_MS = 5_000;
/** What the server counts besides the body: the headers. */
const HEADERS_MAX_BYTES = 1024;
const NO_MESSAGE = 404;

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

  constructor(connection: NatsConnection, options: NatsSnapshotsOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async read(id: string): Promise<{ head: SnapshotHead; body: string } | undefined> {
    const shard = shardOfBlock(blockOf(partitionOf(id)), this.#options.shards);
    const subject = this.#subjectOf(id);
    // Any replica may answer: an older snapshot only means reading more of the log.
    const message = await this.#connection.request(
      `$JS.API.DIRECT.GET.${streamName("SNAP", shard)}.${subject}`,
      "",
      { timeout: READ_TIMEOUT_MS },
    );
    const code = message.headers?.code ?? 0;
    if (code === NO_MESSAGE) return undefined;
    if (code !== 0 || !message.headers) {
      const why = message.headers?.description ?? "it has no headers";
      throw new Error(`Cannot read the snapshot of ${id}: ${why}`);
    }
    const head = headOf(message.headers, id);
    return { head, body: unpacked(message.data, id) };
  }

  async write(
    id: string,
    { head, body }: { readonly head: SnapshotHead; readonly body: Iterable<string> },
  ): Promise<"stored" | "too-large"> {
    const data = await gzip(body, this.#options.giveWay);
    const limit = this.#connection.info?.max_payload ?? 0;
    if (data.length + HEADERS_MAX_BYTES > limit) return "too-large";
    const reply = await this.#connection.request(this.#subjectOf(id), data, {
      timeout: WRITE_TIMEOUT_MS,
      headers: headersOf(head),
    });
    const ack = reply.json<PubAck>();
    if (!ack.seq || ack.error) {
      throw new Error(
        `Cannot store the snapshot of ${id}: ${ack.error?.description ?? "no sequence"}`,
      );
    }
    return "stored";
  }

  #subjectOf(id: string): string {
    return actorSubject("snapshot", { kind: this.#options.kind, id });
  }
}

function headersOf(head: SnapshotHead): MsgHdrs {
  const made = newHeaders();
  made.set(headers.SNAPSHOT_SCHEMA, head.schema);
  made.set(headers.LOG, head.log);
  made.set(headers.VERSION, String(head.version));
  made.set(headers.LOG_SEQUENCE, String(head.sequence));
  made.set(headers.LOG_HASH, head.hash);
  made.set(headers.MAILBOX_SEQUENCE, String(head.mailboxSequence));
  return made;
}

function headOf(read: MsgHdrs, id: string): SnapshotHead {
  const count = (name: string): number => {
    const text = read.get(name);
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw damaged(id, `its ${name} is "${text}"`);
  };
  return {
    schema: read.get(headers.SNAPSHOT_SCHEMA),
    log: read.get(headers.LOG),
    version: count(headers.VERSION),
    sequence: count(headers.LOG_SEQUENCE),
    hash: read.get(headers.LOG_HASH),
    mailboxSequence: count(headers.MAILBOX_SEQUENCE),
  };
}

function unpacked(data: Uint8Array, id: string): string {
  try {
    return gunzip(data);
  } catch (cause) {
    throw damaged(id, "it cannot be decompressed", cause);
  }
}

function damaged(id: string, why: string, cause?: unknown): UnusableSnapshotError {
  const message = `Cannot use the snapshot of ${id}: ${why}`;
  return new UnusableSnapshotError("corrupt", message, { cause });
}
