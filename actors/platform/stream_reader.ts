/**
 * Reads stored messages of one subject: the newest from the stream's leader (fresh), and ranges by
 * batched direct get (any replica, cheap). Knows nothing of what the messages mean.
 */
import {
  createInbox,
  headers as newHeaders,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/nats-core";

/** A message as it lies in a stream. */
export interface StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

const NOT_FOUND = 10037;
const BATCH = 512;

interface MsgGetReply {
  readonly error?: {
    readonly code: number;
    readonly err_code?: number;
    readonly description: string;
  };
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    readonly data?: string;
    readonly hdrs?: string;
  };
}

/**
 * The newest message on `subject`, read from the leader of `stream`; `undefined` when there is none.
 *
 * @throws {Error} when the leader does not answer within `timeoutMs` or refuses
 */
export async function readLast(
  connection: NatsConnection,
  stream: string,
  subject: string,
  timeoutMs = 2_000,
): Promise<StoredMessage | undefined> {
  const reply = await connection.request(
    `$JS.API.STREAM.MSG.GET.${stream}`,
    JSON.stringify({ last_by_subj: subject }),
    { timeout: timeoutMs },
  );
  const { error, message } = reply.json<MsgGetReply>();
  if (error?.err_code === NOT_FOUND) return undefined;
  if (error || !message) {
    throw new Error(
      `Cannot read the last message of "${subject}": ${error?.description ?? "empty"}`,
    );
  }
  return {
    subject: message.subject,
    sequence: message.seq,
    data: message.data ? Uint8Array.fromBase64(message.data) : new Uint8Array(),
    headers: message.hdrs ? parseHeaders(message.hdrs) : undefined,
  };
}

function parseHeaders(base64: string): MsgHdrs {
  const parsed = newHeaders();
  const text = new TextDecoder().decode(Uint8Array.fromBase64(base64));
  for (const line of text.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0) parsed.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return parsed;
}

/**
 * The messages of `subject` from stream sequence `from` on, in order, as far as the answering replica
 * has them: a follower may lag, so callers compare with what they know must be there.
 *
 * @throws {Error} when no answer comes within `timeoutMs` of the last one, or the server refuses
 */
export async function* readFrom(
  connection: NatsConnection,
  stream: string,
  subject: string,
  from: number,
  timeoutMs = 2_000,
): AsyncGenerator<StoredMessage> {
  let next = Math.max(1, from);
  while (true) {
    const batch = await readBatch(connection, stream, subject, next, timeoutMs);
    yield* batch;
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) return;
    next = last.sequence + 1;
  }
}

function readBatch(
  connection: NatsConnection,
  stream: string,
  subject: string,
  from: number,
  timeoutMs: number,
): Promise<StoredMessage[]> {
  const { promise, resolve, reject } = Promise.withResolvers<StoredMessage[]>();
  const messages: StoredMessage[] = [];
  const inbox = createInbox();
  let timer: ReturnType<typeof setTimeout>;
  const settle = (finish: () => void) => {
    clearTimeout(timer);
    subscription.unsubscribe();
    finish();
  };
  const restartTimer = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () =>
        settle(() => reject(new Error(`Cannot read "${subject}": no answer in ${timeoutMs} ms`))),
      timeoutMs,
    );
  };
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error) return settle(() => reject(error));
      const code = message.headers?.code ?? 0;
      // 204: end of batch. 404: no message at or after `from`.
      if (code === 204 || code === 404) return settle(() => resolve(messages));
      if (code !== 0) {
        const reason = message.headers?.description ?? "no reason given";
        return settle(() => reject(new Error(`Cannot read "${subject}": ${code} ${reason}`)));
      }
      restartTimer();
      messages.push({
        subject: message.headers?.get("Nats-Subject") ?? subject,
        sequence: Number(message.headers?.get("Nats-Sequence")),
        data: message.data,
        headers: message.headers,
      });
    },
  });
  restartTimer();
  connection.publish(
    `$JS.API.DIRECT.GET.${stream}`,
    JSON.stringify({ seq: from, batch: BATCH, next_by_subj: subject }),
    { reply: inbox },
  );
  return promise;
}
