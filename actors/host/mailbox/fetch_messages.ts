/** Reads messages of a mailbox again, by batched direct get: as the reader delivered them before. */
import type { NatsConnection } from "@nats-io/nats-core";
import { readPage } from "../../platform/mod.ts";
import type { FetchMessages, MailboxMessage } from "./message.ts";

const MAX_BYTES = 1024 * 1024;
/** When the stream took the message in, RFC 3339 with nanoseconds (ADR-31). */
const TIMESTAMP = "Nats-Time-Stamp";
const decoder = new TextDecoder();

/**
 * Fetches from `stream`; any replica answers, so the newest may be missing.
 *
 * @throws {Error} when the server does not answer in time or refuses
 */
export async function fetchMessages(
  connection: NatsConnection,
  stream: string,
  { subject, from, maxMessages }: Parameters<FetchMessages>[0],
): Promise<MailboxMessage[]> {
  const request = { stream, subject, from, maxMessages, maxBytes: MAX_BYTES };
  const { messages } = await readPage(connection, request);
  return messages.map(({ sequence, data, headers }) => ({
    subject,
    seq: sequence,
    data,
    headers,
    timestampNanos: BigInt(Date.parse(headers?.get(TIMESTAMP) ?? "")) * 1_000_000n,
    json: <T>() => JSON.parse(decoder.decode(data)) as T,
  }));
}
