/** The log on NATS JetStream: appends fenced by the group's own subject, and reads. */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { readFrom, readLast, type StoredMessage, streamName } from "../platform/mod.ts";
import {
  blockOf,
  groupSubject,
  headers,
  partitionOf,
  shardOfBlock,
} from "../protocol/routing/mod.ts";
import type { Append, AppendResult, GroupLog, LogMessage } from "./group_log.ts";

const EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence";
const WRONG_SEQUENCE = 10071;
const APPEND_TIMEOUT_MS = 2_000;

/** Which code decides: raised whenever `decide` or `evolve` would answer an old command otherwise. */
const CODE_VERSION = "1";

interface PubAck {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

export class NatsLog implements GroupLog {
  readonly #connection: NatsConnection;
  readonly #shards: number;

  constructor(connection: NatsConnection, options: { readonly shards: number }) {
    this.#connection = connection;
    this.#shards = options.shards;
  }

  async append(append: Append): Promise<AppendResult> {
    const header = newHeaders();
    header.set(EXPECTED_SEQUENCE, String(append.expectedSequence));
    header.set(headers.COMMIT_ID, append.commitId);
    header.set(headers.MAILBOX_SEQUENCE, String(append.mailboxSequence));
    header.set(headers.CODE_VERSION, CODE_VERSION);
    if (append.previousHash) header.set(headers.PREVIOUS_HASH, append.previousHash);
    let ack: PubAck;
    try {
      const reply = await this.#connection.request(
        groupSubject("event", append.groupId),
        append.data,
        { timeout: APPEND_TIMEOUT_MS, headers: header },
      );
      ack = reply.json<PubAck>();
    } catch (error) {
      return { kind: "unknown", reason: error instanceof Error ? error.message : String(error) };
    }
    if (ack.seq && !ack.error) return { kind: "stored", sequence: ack.seq };
    if (ack.error?.err_code === WRONG_SEQUENCE) return { kind: "conflict" };
    return { kind: "unknown", reason: ack.error?.description ?? "the acknowledgement is empty" };
  }

  async last(groupId: string): Promise<LogMessage | undefined> {
    const subject = groupSubject("event", groupId);
    const message = await readLast(this.#connection, this.#streamOf(groupId), subject);
    return message && toLogMessage(message);
  }

  async *read(groupId: string, from: number): AsyncIterable<LogMessage> {
    const subject = groupSubject("event", groupId);
    for await (
      const message of readFrom(this.#connection, this.#streamOf(groupId), subject, from)
    ) {
      yield toLogMessage(message);
    }
  }

  #streamOf(groupId: string): string {
    return streamName("EV", shardOfBlock(blockOf(partitionOf(groupId)), this.#shards));
  }
}

function toLogMessage(message: StoredMessage): LogMessage {
  return {
    sequence: message.sequence,
    data: message.data,
    commitId: message.headers?.get(headers.COMMIT_ID) ?? "",
    mailboxSequence: Number(message.headers?.get(headers.MAILBOX_SEQUENCE) ?? 0),
  };
}
