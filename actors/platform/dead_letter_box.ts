/**
 * What is in the stream of dead letters: lists it from the newest on, reads one letter, throws one away.
 * The stream has no order from the end, so it is read in windows that grow backwards.
 */
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core";
import { DEAD_LETTER_PREFIX, DEAD_LETTER_STREAM, deadLetterHeaders, OWN } from "./dead_letters.ts";
import { readPage, type StoredMessage } from "./stream_reader.ts";

const FIRST_WINDOW = 64;
const WINDOW_GROWTH = 4;
const PAGE = { maxMessages: 512, maxBytes: 1024 * 1024 };

/** A dead letter without its body. What its writer did not say is absent. */
export interface DeadLetter {
  /** Its sequence in the stream of dead letters, which names it. */
  readonly sequence: number;
  /** When it was recorded, RFC 3339 UTC. */
  readonly recordedAt: string;
  /** The original: its subject, stream and sequence there. */
  readonly subject: string;
  readonly stream?: string;
  readonly streamSequence?: number;
  /** The stream from which the server had copied the original; absent when somebody had sent it. */
  readonly source?: string;
  readonly reason: string;
  /** Place in the code from which the error was thrown. */
  readonly at?: string;
  readonly tries?: number;
  readonly process?: string;
  readonly codeVersion?: string;
  /** Bytes of the original; of these the body has the first ones only when `truncated`. */
  readonly sizeBytes: number;
  readonly truncated: boolean;
  /** Headers of the original. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface DeadLetterQuery {
  /** Most letters to list. */
  readonly limit: number;
  /** Only letters older than the one with this sequence. */
  readonly before?: number | undefined;
  /** Only letters whose original subject is this, or begins with it and a dot. */
  readonly subject?: string | undefined;
}

export class DeadLetterBox {
  readonly #connection: NatsConnection;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** Letters from the newest on. */
  async list({ limit, before = Infinity, subject }: DeadLetterQuery): Promise<DeadLetter[]> {
    const { first_seq, last_seq } = await this.#state();
    const span = { first: first_seq, end: Math.min(before, last_seq + 1), limit };
    const root = `${DEAD_LETTER_PREFIX}${subject === undefined ? "" : `${subject}.`}>`;
    const found = await this.#newest(root, span);
    if (subject !== undefined) {
      found.push(...await this.#newest(`${DEAD_LETTER_PREFIX}${subject}`, span));
    }
    return found.sort((a, b) => b.sequence - a.sequence).slice(0, limit);
  }

  /** One letter with its body; `undefined` when there is none of this sequence. */
  async get(sequence: number): Promise<(DeadLetter & { readonly data: Uint8Array }) | undefined> {
    const { messages: [message] } = await readPage(this.#connection, {
      stream: DEAD_LETTER_STREAM,
      subject: `${DEAD_LETTER_PREFIX}>`,
      from: sequence,
      maxMessages: 1,
      maxBytes: 1,
    });
    if (message?.sequence !== sequence) return undefined;
    return { ...letterOf(message), data: message.data };
  }

  /** Throws a letter away, bytes and all; `false` when there is none of this sequence. */
  async discard(sequence: number): Promise<boolean> {
    const manager = await jetstreamManager(this.#connection, { checkAPI: false });
    try {
      return await manager.streams.deleteMessage(DEAD_LETTER_STREAM, sequence);
    } catch (error) {
      // The server has many words for a message that is not there.
      const isGone = error instanceof JetStreamApiError && await this.get(sequence) === undefined;
      if (isGone) return false;
      throw error;
    }
  }

  async #state() {
    const manager = await jetstreamManager(this.#connection, { checkAPI: false });
    return (await manager.streams.info(DEAD_LETTER_STREAM)).state;
  }

  /** The last letters on `pattern` from `first` to before `end`, at most `limit`. */
  async #newest(
    pattern: string,
    span: { readonly first: number; readonly end: number; readonly limit: number },
  ): Promise<DeadLetter[]> {
    const found: DeadLetter[] = [];
    let { end } = span;
    for (let size = FIRST_WINDOW; end > span.first && found.length < span.limit;) {
      const start = Math.max(span.first, end - size);
      found.unshift(...await this.#window(pattern, { start, end, limit: span.limit }));
      end = start;
      size *= WINDOW_GROWTH;
    }
    return found.slice(-span.limit);
  }

  /** The last letters from `start` to before `end`: headers only are kept. */
  async #window(
    subject: string,
    { start, end, limit }: { readonly start: number; readonly end: number; readonly limit: number },
  ): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (let from = start; from < end;) {
      const maxMessages = Math.min(PAGE.maxMessages, end - from);
      const request = { stream: DEAD_LETTER_STREAM, subject, from, ...PAGE, maxMessages };
      const { messages, complete } = await readPage(this.#connection, request);
      for (const message of messages) {
        if (message.sequence < end) letters.push(letterOf(message));
      }
      letters.splice(0, letters.length - limit);
      const last = messages.at(-1);
      if (!last || complete) break;
      from = last.sequence + 1;
    }
    return letters;
  }
}

function letterOf({ sequence, data, headers }: StoredMessage): DeadLetter {
  const text = (name: string) => headers?.get(name) || undefined;
  const number = (name: string) => {
    const value = Number(text(name));
    return Number.isSafeInteger(value) ? value : undefined;
  };
  const originalSize = number(deadLetterHeaders.TRUNCATED);
  return {
    sequence,
    recordedAt: text("Nats-Time-Stamp") ?? "",
    subject: (text("Nats-Subject") ?? "").slice(DEAD_LETTER_PREFIX.length),
    ...defined({
      stream: text(deadLetterHeaders.STREAM),
      streamSequence: number(deadLetterHeaders.SEQUENCE),
      source: text(deadLetterHeaders.SOURCE),
      at: text(deadLetterHeaders.AT),
      tries: number(deadLetterHeaders.TRIES),
      process: text(deadLetterHeaders.PROCESS),
      codeVersion: text(deadLetterHeaders.CODE_VERSION),
    }),
    reason: text(deadLetterHeaders.REASON) ?? "No reason was recorded",
    sizeBytes: originalSize ?? data.length,
    truncated: originalSize !== undefined,
    headers: originalHeaders(headers),
  };
}

function originalHeaders(headers: MsgHdrs | undefined): Record<string, string> {
  const names = (headers?.keys() ?? [])
    .filter((name) => !/^nats-/i.test(name) && !name.toLowerCase().startsWith(OWN.toLowerCase()));
  return Object.fromEntries(names.map((name) => [name, headers?.get(name) ?? ""]));
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** `fields` without those that are undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
