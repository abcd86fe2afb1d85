/**
 * The part of the package `ws` that is used here. Its published types would bring those of another runtime
 * with them, which then stand in for this one's.
 */
import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

export interface WebSocketServerOptions {
  /** Whether requests are handed over by `handleUpgrade` only. */
  readonly noServer: true;
  readonly clientTracking: boolean;
  readonly perMessageDeflate: boolean;
  /** Largest message that is taken, in bytes. */
  readonly maxPayload: number;
  /** How long the other end may take to close too, in milliseconds. */
  readonly closeTimeout: number;
}

export class WebSocketServer {
  constructor(options: WebSocketServerOptions);
  handleUpgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    opened: (socket: WebSocket) => void,
  ): void;
  /** A handshake that is refused; whoever listens has to answer it. */
  on(event: "wsClientError", listener: (error: Error, socket: Socket) => void): this;
}

export class WebSocket {
  readonly OPEN: 1;
  readonly readyState: 0 | 1 | 2 | 3;
  close(code?: number, reason?: string): void;
  /** Ends the connection without a farewell. */
  terminate(): void;
  pause(): void;
  resume(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "pong", listener: (data: Buffer) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "close", listener: (code: number, reason: Buffer) => void): this;
}
