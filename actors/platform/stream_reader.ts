/**
 * Reads stored messages of one subject: the newest from the stream's leader (fresh) or from any replica (cheap),
 * and ranges by batched direct get (any replica, cheap). Knows nothing of what the messages mean.
 */
import {
  createInbox,
  errors,
  headers as newHeaders,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/nats-core";

/** A message as it lies in a stream. */
export interface StoredMessage {
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

const TIMEOUT_MS = 2_000;
const PAGE = { maxMessages: 512, maxBytes: 1024 * 1024 };
/** Error code of a request for one message that is not there. */
const NO_MESSAGE = 10037;
/** Status codes of a direct get (ADR-31). */
const END_OF_BATCH = 204;
const NONE_THERE = 404;
const NO_RESPONDERS = 503;

interface MsgGetReply {
  readonly error?: {
    readonly code: number;
    readonly err_code?: number;
    readonly description: string;
  };
  readonly message?: {
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
  timeoutMs = TIMEOUT_MS,
): Promise<StoredMessage | undefined> {
  const reply = await connection.request(
    `$JS.API.STREAM.MSG.GET.${stream}`,
    JSON.stringify({ last_by_subj: subject }),
    { timeout: timeoutMs },
  );
  const { error, message } = reply.json<MsgGetReply>();
  if (error?.err_code === NO_MESSAGE) return undefined;
  if (error || !message) {
    throw new Error(
      `Cannot read the last message of "${subject}": ${error?.description ?? "empty"}`,
    );
  }
  return {
    sequence: message.seq,
    data: message.data ? Uint8Array.fromBase64(message.data) : new Uint8Array(),
    headers: message.hdrs ? parseHeaders(message.hdrs) : undefined,
  };
}

/**
 * The newest message on `subject` as any replica of `stream` has it: cheaper than {@link readLast}, possibly
 * older. `undefined` when there is none.
 *
 * @throws {Error} when nobody answers within `timeoutMs`, or the server refuses
 */
export async function readLastAnywhere(
  connection: NatsConnection,
  stream: string,
  subject: string,
  timeoutMs = TIMEOUT_MS,
): Promise<StoredMessage | undefined> {
  const { headers, data } = await connection.request(
    `$JS.API.DIRECT.GET.${stream}.${subject}`,
    "",
    { timeout: timeoutMs },
  );
  const code = headers?.code ?? 0;
  if (code === NONE_THERE) return undefined;
  if (code !== 0) {
    throw new Error(`Cannot read the last message of "${subject}": ${headers?.description}`);
  }
  return { sequence: Number(headers?.get("Nats-Sequence")), data, headers };
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

/** Messages of one subject in the order of the stream. */
export interface Page {
  readonly messages: readonly StoredMessage[];
  /** Whether the subject had no further message on the answering replica. */
  readonly complete: boolean;
}

/** What to read: messages of `subject` in `stream` from sequence, or time of storing, `from` on. */
export interface PageRequest {
  readonly stream: string;
  readonly subject: string;
  readonly from: number | Date;
  readonly maxMessages: number;
  /** The page ends with the message that brings it to so many bytes, headers and all. */
  readonly maxBytes: number;
  /** Longest silence of the server, in milliseconds; default 2,000. */
  readonly timeoutMs?: number;
}

/**
 * Reads one page by batched direct get: any replica answers, no consumer is made. It has at least one
 * message unless there is none; a replica may lag, so callers compare with what they know must be there.
 *
 * @throws {Error} when the server is silent for too long, refuses, or leaves a message out
 */
export function readPage(connection: NatsConnection, request: PageRequest): Promise<Page> {
  const { promise, resolve, reject } = Promise.withResolvers<Page>();
  const { stream, subject, timeoutMs = TIMEOUT_MS } = request;
  const messages: StoredMessage[] = [];
  const inbox = createInbox();
  const fail = (reason: string, cause?: Error) =>
    settle(() => reject(new Error(`Cannot read "${subject}": ${reason}`, { cause })));
  // One timer that looks when the last message came: one for each message costs a fifth of the reading.
  let heardAtMs = performance.now();
  const listen = () => {
    const leftMs = heardAtMs + timeoutMs - performance.now();
    if (leftMs > 0) timer = setTimeout(listen, leftMs);
    else fail(`no answer within ${timeoutMs} ms`, new errors.TimeoutError());
  };
  let timer = setTimeout(listen, timeoutMs);
  const settle = (finish: () => void) => {
    clearTimeout(timer);
    subscription.unsubscribe();
    finish();
  };
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error) return settle(() => reject(error));
      const { headers } = message;
      const code = headers?.code ?? 0;
      if (code === NONE_THERE) return settle(() => resolve({ messages, complete: true }));
      if (code === END_OF_BATCH) {
        const complete = headers?.get("Nats-Num-Pending") === "0";
        return settle(() => resolve({ messages, complete }));
      }
      if (code === NO_RESPONDERS) {
        return fail("nobody answers", new errors.NoRespondersError(stream));
      }
      if (code !== 0) return fail(`${code} ${headers?.description ?? "without a reason"}`);
      const last = messages.at(-1);
      if (last && Number(headers?.get("Nats-Last-Sequence")) !== last.sequence) {
        return fail(`the message after ${last.sequence} is missing`);
      }
      const sequence = Number(headers?.get("Nats-Sequence"));
      messages.push({ sequence, data: message.data, headers });
      heardAtMs = performance.now();
    },
  });
  const { from } = request;
  const query = {
    ...(typeof from === "number" ? { seq: Math.max(1, from) } : { start_time: from.toISOString() }),
    next_by_subj: subject,
    batch: request.maxMessages,
    max_bytes: request.maxBytes,
  };
  connection.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: inbox });
  return promise;
}

/**
 * The messages of `subject` from stream sequence `from` on, in order, one page in memory at a time, as
 * far as the answering replica has them.
 *
 * @throws {Error} like {@link readPage}
 */
export function readFrom(
  connection: NatsConnection,
  stream: string,
  subject: string,
  from: number,
): AsyncGenerator<StoredMessage> {
  return readPages(connection, { stream, subject, from });
}

/** The same for what was stored at `since` or later; `subject` may have wildcards. */
export function readSince(
  connection: NatsConnection,
  { since, ...rest }: { readonly stream: string; readonly subject: string; readonly since: Date },
): AsyncGenerator<StoredMessage> {
  return readPages(connection, { ...rest, from: since });
}

async function* readPages(
  connection: NatsConnection,
  request: Pick<PageRequest, "stream" | "subject" | "from">,
): AsyncGenerator<StoredMessage> {
  let next = request.from;
  while (true) {
    const page = await readPage(connection, { ...request, from: next, ...PAGE });
    yield* page.messages;
    const last = page.messages.at(-1);
    if (!last || page.complete) return;
    next = last.sequence + 1;
  }
}
