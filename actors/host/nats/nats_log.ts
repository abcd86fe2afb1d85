/** The log on NATS JetStream: appends fenced by the actor's own subject, and reads. */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import {
  type Outbox,
  readFrom,
  readLast,
  Requests,
  type StoredMessage,
  streamCreated,
  streamName,
  WRONG_LAST_SEQUENCE,
} from "../../platform/mod.ts";
import {
  actorSubject,
  blockOf,
  headers,
  partitionOf,
  shardOfBlock,
} from "../../protocol/routing/mod.ts";
import { incarnationOf } from "../../protocol/snapshot/mod.ts";
import type { ActorLog, Append, AppendResult, LogMessage } from "../actor/mod.ts";

const EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence";
const APPEND_TIMEOUT_MS = 2_000;

/** Which code decides: raised whenever `decide` or `evolve` would answer an old command otherwise. */
export const CODE_VERSION = "1";

interface PubAck {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

export interface NatsLogOptions {
  /** Name of the kind whose actors' logs it is. */
  readonly kind: string;
  readonly shards: number;
  readonly outbox: Outbox;
}

export class NatsLog implements ActorLog, Disposable {
  readonly #connection: NatsConnection;
  readonly #kind: string;
  readonly #shards: number;
  readonly #requests: Requests;
  /** By stream; asked for once. A snapshot is held against the log's hash chain besides. */
  readonly #incarnations = new Map<string, Promise<string>>();

  constructor(connection: NatsConnection, options: NatsLogOptions) {
    this.#connection = connection;
    this.#kind = options.kind;
    this.#shards = options.shards;
    this.#requests = new Requests(connection, {
      timeoutMs: APPEND_TIMEOUT_MS,
      outbox: options.outbox,
    });
  }

  async append(append: Append): Promise<AppendResult> {
    const header = newHeaders();
    header.set(EXPECTED_SEQUENCE, String(append.expectedSequence));
    header.set(headers.COMMIT_ID, append.commitId);
    header.set(headers.MAILBOX_SEQUENCE, String(append.mailboxSequence));
    header.set(headers.CODE_VERSION, CODE_VERSION);
    if (append.previousHash) header.set(headers.PREVIOUS_HASH, append.previousHash);
    const subject = this.#subjectOf(append.actorId);
    const reply = await this.#requests.send(subject, append.data, header);
    if (!reply) return { kind: "unknown", reason: "no acknowledgement in time" };
    if (reply.data.length === 0) return { kind: "unknown", reason: "the log has no leader" };
    const ack = reply.json<PubAck>();
    if (ack.seq && !ack.error) return { kind: "stored", sequence: ack.seq };
    if (ack.error?.err_code === WRONG_LAST_SEQUENCE) return { kind: "conflict" };
    return { kind: "unknown", reason: ack.error?.description ?? "the acknowledgement is empty" };
  }

  async last(id: string): Promise<LogMessage | undefined> {
    const subject = this.#subjectOf(id);
    const message = await readLast(this.#connection, this.#streamOf(id), subject);
    return message && toLogMessage(message);
  }

  async *read(id: string, from: number): AsyncIterable<LogMessage> {
    const subject = this.#subjectOf(id);
    for await (
      const message of readFrom(this.#connection, this.#streamOf(id), subject, from)
    ) {
      yield toLogMessage(message);
    }
  }

  incarnation(id: string): Promise<string> {
    const stream = this.#streamOf(id);
    const known = this.#incarnations.get(stream);
    if (known) return known;
    const asked = streamCreated(this.#connection, stream).then((created) =>
      incarnationOf(stream, created)
    );
    this.#incarnations.set(stream, asked);
    asked.catch(() => this.#incarnations.delete(stream));
    return asked;
  }

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }

  #subjectOf(id: string): string {
    return actorSubject("event", { kind: this.#kind, id });
  }

  #streamOf(id: string): string {
    return streamName("EV", shardOfBlock(blockOf(partitionOf(id)), this.#shards));
  }
}

function toLogMessage(message: StoredMessage): LogMessage {
  const previousHash = message.headers?.get(headers.PREVIOUS_HASH);
  return {
    sequence: message.sequence,
    data: message.data,
    commitId: message.headers?.get(headers.COMMIT_ID) ?? "",
    mailboxSequence: Number(message.headers?.get(headers.MAILBOX_SEQUENCE) ?? 0),
    ...(previousHash ? { previousHash } : {}),
  };
}
