/** A WebSocket client that can stop reading and answers no ping: a bare connection (RFC 6455). */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import type { Streamer } from "../../actors/stream/mod.ts";

const TEXT = 0x81;
const MASKED = 0x80;
const LENGTH_IN_16_BITS = 126;

/** What a client sends to open a WebSocket (RFC 6455, section 4.1). */
export const OPENING = {
  "Upgrade": "websocket",
  "Connection": "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
} as const;

export class RawSocket {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  /** Whether the server has ended the connection. */
  ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#received = Buffer.concat([this.#received, chunk]));
    socket.on("close", () => this.ended = true);
    socket.on("error", () => this.ended = true);
  }

  /**
   * Opens a connection and asks for a WebSocket.
   *
   * @param fields header fields in place of those of {@link OPENING}
   */
  static async open(
    { port }: Pick<Streamer, "port">,
    fields: Readonly<Record<string, string>> = OPENING,
  ): Promise<RawSocket> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    const raw = new RawSocket(socket);
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines.join("")}\r\n`);
    return raw;
  }

  /** What has been read, as text; frames have a few bytes of their own between. */
  get text(): string {
    return this.#received.toString("latin1");
  }

  /** Sends a message, masked with zeros. */
  send(message: object): void {
    const payload = Buffer.from(JSON.stringify(message));
    const head = payload.length < LENGTH_IN_16_BITS
      ? [TEXT, MASKED | payload.length]
      : [TEXT, MASKED | LENGTH_IN_16_BITS, payload.length >> 8, payload.length & 0xff];
    this.#socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]));
  }

  stopReading(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }
}
