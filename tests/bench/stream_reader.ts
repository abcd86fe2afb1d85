/**
 * A reader of a stream that costs little: a plain socket, searched for time stamps. Lives in the process
 * that publishes, so that both use one clock. One that is not prompt costs less still: it reads what has come
 * twice a second, so that more streams can be served than one process could read at once.
 */
import { Beat } from "./_beat.ts";
import {
  DECODER,
  type StreamRequest,
  type Transport,
  type TransportName,
  TRANSPORTS,
} from "./stream_transport.ts";

const encoder = new TextEncoder();
const HEAD_END = "\r\n\r\n";
const SELDOM_MS = 1_000;
/** Readers that are not prompt do not all read in the same moment. */
const beats = Array.from({ length: 32 }, (_, i) => new Beat(SELDOM_MS + 16 * i));
let opened = 0;

/**
 * Addresses of this machine that readers take turns with, where a streamer listens on all of them: between two
 * addresses, one of them with its port, there are 28,000 connections, and from half of them on Linux looks long for
 * each further one.
 */
export const LOOPBACKS = ["127.0.0.1", "127.0.0.2", "127.0.0.3"] as const;

export interface ReaderOptions {
  /** Where the stream goes on. */
  readonly cursor?: string | undefined;
  /** Reads what comes at once, as a rule. */
  readonly prompt?: boolean;
  /** Server-sent events unless it is said. */
  readonly transport?: TransportName | undefined;
  /** Answers nothing, as one whose network is gone. */
  readonly mute?: boolean;
  /** Where the streamer is; this machine unless it is said. */
  readonly hostname?: string | undefined;
}

export class StreamReader {
  /** Precedes the `performance.now()` of publication, which a semicolon ends. */
  static readonly stamp = "stamp=";

  readonly groupIds: readonly string[];
  readonly token: string;
  /** Commits that have arrived. */
  arrivals = 0;
  /** From publication to arrival of every one of them; empty for a reader that is not prompt. */
  readonly latenciesMs: number[] = [];
  /** Whether it reads at once. */
  readonly isPrompt: boolean;
  /** Bytes received so far, and how many of them had come when the stream was open. */
  bytes = 0;
  openBytes = 0;
  readonly #socket: Deno.TcpConn;
  readonly #transport: Transport;
  readonly #isMute: boolean;
  readonly #seldom = beats[opened++ % beats.length];
  #rest = "";
  /** The newest id of the stream's first bytes: where another stream can go on. */
  cursor: string | undefined;
  /** Settles when the streamer has ended the stream, or has taken a group from it. */
  ended: Promise<void> = Promise.resolve();

  private constructor(
    socket: Deno.TcpConn,
    { token, groupIds }: StreamRequest,
    { prompt = true, transport = "sse", mute = false }: ReaderOptions,
  ) {
    this.#socket = socket;
    this.#transport = TRANSPORTS[transport];
    this.#isMute = mute;
    this.token = token;
    this.groupIds = groupIds;
    this.isPrompt = prompt;
  }

  /**
   * Opens a stream; resolves when its head and first bytes are there.
   *
   * @throws {Error} with the answer, when it is refused
   */
  static async open(
    port: number,
    token: string,
    groupIds: readonly string[],
    options: ReaderOptions = {},
  ): Promise<StreamReader> {
    const { hostname = "127.0.0.1" } = options;
    const socket = await Deno.connect({ hostname, port });
    try {
      const stream = { token, groupIds, cursor: options.cursor };
      const reader = new StreamReader(socket, stream, options);
      await reader.#begin(stream);
      return reader;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  async #begin(stream: StreamRequest): Promise<void> {
    const transport = this.#transport;
    const isFresh = stream.cursor === undefined;
    await this.#send(encoder.encode(transport.request(stream)));
    const buffer = new Uint8Array(16 * 1024);
    let text = "";
    for (let hasHead = false; !hasHead || !transport.hasBegun(text, isFresh);) {
      const count = await this.#socket.read(buffer);
      if (count === null) throw new Error(`The stream ended: ${text}`);
      text += DECODER.decode(buffer.subarray(0, count));
      this.bytes += count;
      if (!text.startsWith(transport.welcome) || transport.isRefused(text)) throw new Error(text);
      if (hasHead || !text.includes(HEAD_END)) continue;
      hasHead = true;
      await this.#send(transport.messages(stream));
    }
    this.openBytes = this.bytes;
    this.cursor = transport.cursorOf(text) ?? stream.cursor;
    if (!isFresh) this.#search(text);
    this.ended = this.#run(buffer);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#socket.write(bytes.subarray(sent));
  }

  /** Counts from nothing. */
  reset(): void {
    this.arrivals = 0;
    this.latenciesMs.length = 0;
  }

  close(): void {
    this.#socket.close();
  }

  async #run(buffer: Uint8Array): Promise<void> {
    try {
      for (let count; (count = await this.#socket.read(buffer)) !== null;) {
        this.bytes += count;
        const text = this.#search(DECODER.decode(buffer.subarray(0, count)));
        if (this.#transport.isRevoked(text)) return;
        const answer = this.#transport.answer(text);
        if (answer && !this.#isMute) await this.#send(answer);
        if (!this.isPrompt) await this.#seldom?.next();
      }
    } catch (error) {
      // Closing the socket ends the read that waits, here or at the other end.
      const { BadResource, BrokenPipe, Interrupted, ConnectionReset } = Deno.errors;
      const isGone = [BadResource, BrokenPipe, Interrupted, ConnectionReset].some((kind) =>
        error instanceof kind
      );
      if (!isGone) throw error;
    }
  }

  /** Counts the stamps; returns what was searched: the chunk behind the end of the one before. */
  #search(chunk: string): string {
    const text = this.#rest + chunk;
    const now = performance.now();
    let from = 0;
    for (let at; (at = text.indexOf(StreamReader.stamp, from)) >= 0;) {
      const end = text.indexOf(";", at);
      if (end < 0) break;
      this.arrivals++;
      if (this.isPrompt) {
        this.latenciesMs.push(now - Number(text.slice(at + StreamReader.stamp.length, end)));
      }
      from = end;
    }
    this.#rest = text.slice(Math.max(from, text.length - 32));
    return text;
  }
}
