/**
 * How a benchmark's reader speaks server-sent events or WebSockets: what it sends to open a stream, and
 * what it looks for in the bytes that come. Both carry the same JSON, so whatever is in it is found
 * without taking frames apart. Pure.
 */

/** What a reader asks for. */
export interface StreamRequest {
  readonly token: string;
  readonly groupIds: readonly string[];
  /** Where the stream goes on. */
  readonly cursor: string | undefined;
}

export interface Transport {
  /** The head of the answer when all is well. */
  readonly welcome: string;
  /** The request of HTTP, as text. */
  request(stream: StreamRequest): string;
  /** What is sent once the head of the answer is there. */
  messages(stream: StreamRequest): Uint8Array;
  /** Whether the stream has begun, a fresh one with its snapshot; the text is that of all bytes so far. */
  hasBegun(text: string, isFresh: boolean): boolean;
  /** Whether the stream was refused after the head. */
  isRefused(text: string): boolean;
  /** The first cursor in the text. */
  cursorOf(text: string): string | undefined;
  /** Whether the text says that the reader's group was taken from it. */
  isRevoked(text: string): boolean;
  /** What must be sent back after bytes of which this is the text; undefined for nothing. */
  answer(text: string): Uint8Array | undefined;
}

const encoder = new TextEncoder();
const NOTHING = new Uint8Array();

const SSE: Transport = {
  welcome: "HTTP/1.1 200",
  request: ({ token, groupIds, cursor }) =>
    `GET /events?group_id=${groupIds.join(",")} HTTP/1.1\r\nhost: bench\r\n` +
    `authorization: Bearer ${token}\r\n` +
    (cursor === undefined ? "" : `last-event-id: ${cursor}\r\n`) + "\r\n",
  messages: () => NOTHING,
  hasBegun: (text, isFresh) => text.includes(isFresh ? "event: snapshot" : "retry: "),
  isRefused: () => false,
  cursorOf: (text) => /^id: (.+)$/m.exec(text)?.[1],
  // The stream ends by itself then.
  isRevoked: () => false,
  answer: () => undefined,
};

/** Decodes the bytes of either, a character each. */
export const DECODER = new TextDecoder("latin1");
/** RFC 6455, section 5.2: the bytes of a ping without data. Text of JSON has no zero byte in it. */
const PING = DECODER.decode(Uint8Array.of(0x89, 0));
const PONG = Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0);
const SUBSCRIBED = '"op":"ack","id":"sub"';

const WEBSOCKET: Transport = {
  welcome: "HTTP/1.1 101",
  request: () =>
    "GET /ws HTTP/1.1\r\nhost: bench\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  messages({ token, groupIds, cursor }) {
    const subscription = { op: "sub", id: "sub", group_ids: groupIds, cursor };
    return Uint8Array.from([...message({ op: "auth", token }), ...message(subscription)]);
  },
  hasBegun: (text, isFresh) => text.includes(isFresh ? '"op":"snapshot"' : SUBSCRIBED),
  isRefused: (text) => text.includes('"op":"nack"'),
  cursorOf: (text) => /"cursor":"([^"]+)"/.exec(text)?.[1],
  isRevoked: (text) => text.includes('"op":"revoked"'),
  answer: (text) => text.includes(PING) ? PONG : undefined,
};

export const TRANSPORTS = { sse: SSE, websocket: WEBSOCKET } as const;

export type TransportName = keyof typeof TRANSPORTS;

/** The name among {@link TRANSPORTS}. @throws {Error} when there is none of that name */
export function transportName(text: string): TransportName {
  if (Object.hasOwn(TRANSPORTS, text)) return text as TransportName;
  throw new Error(`There is no transport "${text}": ${Object.keys(TRANSPORTS).join(" or ")}`);
}

/** The frame of a text message of a client, masked with zeros (RFC 6455, section 5.3). */
function message(value: object): Uint8Array {
  const payload = encoder.encode(JSON.stringify(value));
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Uint8Array.from([0x81, ...size, 0, 0, 0, 0, ...payload]);
}
