/**
 * Dead letters: messages that could not be processed, kept with why, where from and by whom, so that
 * somebody can look at them, process them again or throw them away. One shape for every process. A letter
 * lies on `dlq.<original subject>`; its body is the original's bytes, its headers are the original's and
 * those below. They take a bounded part of the disk: when that is full, the oldest letters go. Knows
 * nothing of what the messages mean.
 */
import { jetstream, JsHeaders } from "@nats-io/jetstream";
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";

/** The stream of dead letters and the first token of their subjects. */
export const DEAD_LETTER_STREAM = "DLQ";
export const DEAD_LETTER_PREFIX = "dlq.";

/** Names of the headers a letter has beside those of the original; all begin with {@link OWN}. */
export const OWN = "Todo-Dead-";
export const deadLetterHeaders = {
  REASON: `${OWN}Reason`,
  AT: `${OWN}At`,
  STREAM: `${OWN}Stream`,
  SEQUENCE: `${OWN}Sequence`,
  /** The stream from which the server itself had copied the original, where it had. */
  SOURCE: `${OWN}Source`,
  TIME: `${OWN}Time`,
  PROCESS: `${OWN}Process`,
  CODE_VERSION: `${OWN}Code-Version`,
  TRIES: `${OWN}Tries`,
  /** Size of the original, when the letter holds only its beginning. */
  TRUNCATED: `${OWN}Truncated-From`,
} as const;

const TEXT_MAX_CHARS = 500;
const KEPT_HEADERS_MAX_CHARS = 4_096;
/** What the headers of a letter take at most, in bytes; the rest of the server's limit is for the body. */
const HEADERS_MAX_BYTES = 24 * 1024;
const ACK_TIMEOUT_MS = 5_000;
const OWN_FRAME = /^\s*at .*?\/((?:actors|edge)\/[\w./-]+\.ts:\d+:\d+)/m;

/** A message to be set aside. */
export interface Undeliverable {
  /** Where it lay. */
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
  /** What was thrown at the last try. */
  readonly error: unknown;
  /** How often it was tried. */
  readonly tries: number;
  /** Which process gives up, and the version of its code where it has one. */
  readonly process: string;
  readonly codeVersion?: string;
}

/**
 * Records a dead letter. The same message set aside by the same process again within two minutes, by a
 * retry or another owner, makes no second letter.
 *
 * @throws {Error} when the stream of dead letters does not acknowledge
 */
export async function recordDeadLetter(
  connection: NatsConnection,
  message: Undeliverable,
): Promise<void> {
  const { subject, stream, sequence, data, process } = message;
  const maxBytes = (connection.info?.max_payload ?? 1024 * 1024) - HEADERS_MAX_BYTES;
  await jetstream(connection).publish(
    `${DEAD_LETTER_PREFIX}${subject}`,
    data.subarray(0, maxBytes),
    {
      headers: headersOf(message, maxBytes),
      msgID: `${process}-${stream}-${sequence}`,
      timeout: ACK_TIMEOUT_MS,
    },
  );
}

function headersOf(message: Undeliverable, maxBytes: number): MsgHdrs {
  const { error, data, codeVersion } = message;
  const result = keptHeaders(message.headers);
  const set = (name: string, value: string | number) => result.set(name, oneLine(String(value)));
  set(deadLetterHeaders.REASON, error instanceof Error ? error.message : String(error));
  const at = error instanceof Error ? placeOf(error) : undefined;
  if (at !== undefined) set(deadLetterHeaders.AT, at);
  set(deadLetterHeaders.STREAM, message.stream);
  set(deadLetterHeaders.SEQUENCE, message.sequence);
  const source = message.headers?.get(JsHeaders.StreamSourceHdr).split(" ", 1)[0];
  if (source) set(deadLetterHeaders.SOURCE, source);
  set(deadLetterHeaders.TIME, new Date().toISOString());
  set(deadLetterHeaders.PROCESS, message.process);
  set(deadLetterHeaders.TRIES, message.tries);
  if (codeVersion !== undefined) set(deadLetterHeaders.CODE_VERSION, codeVersion);
  if (data.length > maxBytes) set(deadLetterHeaders.TRUNCATED, data.length);
  return result;
}

/** The original's headers without the server's, as far as they fit. */
function keptHeaders(original: MsgHdrs | undefined): MsgHdrs {
  const kept = newHeaders();
  let room = KEPT_HEADERS_MAX_CHARS;
  for (const name of original?.keys() ?? []) {
    if (/^(nats-|todo-dead-)/i.test(name)) continue;
    const value = oneLine(original?.get(name) ?? "", KEPT_HEADERS_MAX_CHARS);
    room -= name.length + value.length;
    if (room < 0) break;
    kept.set(name, value);
  }
  return kept;
}

/** The innermost place in our own code from which `error` was thrown. */
function placeOf(error: Error): string | undefined {
  return OWN_FRAME.exec(error.stack ?? "")?.[1];
}

/** Text that fits into a header: one line without control characters. */
function oneLine(text: string, maxChars = TEXT_MAX_CHARS): string {
  // deno-lint-ignore no-control-regex -- they are what is taken out
  return text.slice(0, maxChars).replace(/[\x00-\x1f\x7f]+/g, " ").trim();
}
