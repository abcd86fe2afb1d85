/** A WebSocket client that can stop reading and answers no ping: a bare connection (RFC 6455). */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import type { Streamer } from "../../actors/stream/mod.ts";

const TEXT = 0x81;
const MASKED = 0x80;
const LENGTH_IN_16_BITS = 126;
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

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

  /** Opens a connection and asks for a WebSocket. */
  static async open({ port }: Pick<Streamer, "port">): Promise<RawSocket> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    const raw = new RawSocket(socket);
    socket.write(
      "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
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
