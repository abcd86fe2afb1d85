/**
 * A reader of a stream that costs little: a plain socket, searched for time stamps. Lives in the process
 * that publishes, so that both use one clock. One that is not prompt costs less still: it reads what has come
 * twice a second, so that more streams can be served than one process could read at once.
 */
import { Beat } from "./_beat.ts";

const decoder = new TextDecoder("latin1");
const HEAD_END = "\r\n\r\n";
const SELDOM_MS = 1_000;
/** Readers that are not prompt do not all read in the same moment. */
const beats = Array.from({ length: 32 }, (_, i) => new Beat(SELDOM_MS + 16 * i));
let opened = 0;

export interface ReaderOptions {
  /** Where the stream goes on. */
  readonly cursor?: string | undefined;
  /** Reads what comes at once, as a rule. */
  readonly prompt?: boolean;
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
  readonly #seldom = beats[opened++ % beats.length];
  #rest = "";
  /** The newest id of the stream's first bytes: where another stream can go on. */
  cursor: string | undefined;
  /** Settles when the streamer has ended the stream. */
  ended: Promise<void> = Promise.resolve();

  private constructor(
    socket: Deno.TcpConn,
    { token, groupIds, prompt }: Pick<StreamReader, "token" | "groupIds"> & { prompt: boolean },
  ) {
    this.#socket = socket;
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
    { cursor, prompt = true }: ReaderOptions = {},
  ): Promise<StreamReader> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    try {
      return await StreamReader.#begin(socket, { token, groupIds, cursor, prompt });
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  static async #begin(
    socket: Deno.TcpConn,
    { token, groupIds, cursor, prompt }: {
      readonly token: string;
      readonly groupIds: readonly string[];
      readonly cursor: string | undefined;
      readonly prompt: boolean;
    },
  ): Promise<StreamReader> {
    await socket.write(new TextEncoder().encode(
      `GET /events?group_id=${groupIds.join(",")} HTTP/1.1\r\nhost: bench\r\n` +
        `authorization: Bearer ${token}\r\n` +
        (cursor === undefined ? "" : `last-event-id: ${cursor}\r\n`) + "\r\n",
    ));
    const reader = new StreamReader(socket, { token, groupIds, prompt });
    const buffer = new Uint8Array(16 * 1024);
    let text = "";
    const begun = cursor === undefined ? "event: snapshot" : "retry: ";
    while (!text.includes(HEAD_END) || !text.includes(begun)) {
      const count = await socket.read(buffer);
      if (count === null) throw new Error(`The stream ended: ${text}`);
      text += decoder.decode(buffer.subarray(0, count));
      reader.bytes += count;
      if (!text.startsWith("HTTP/1.1 200")) throw new Error(text);
    }
    reader.openBytes = reader.bytes;
    reader.cursor = /^id: (.+)$/m.exec(text)?.[1] ?? cursor;
    if (cursor !== undefined) reader.#search(text);
    reader.ended = reader.#run(buffer);
    return reader;
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
        this.#search(decoder.decode(buffer.subarray(0, count)));
        if (!this.isPrompt) await this.#seldom?.next();
      }
    } catch (error) {
      // Closing the socket ends the read that waits, here or at the other end.
      const { BadResource, Interrupted, ConnectionReset } = Deno.errors;
      if (![BadResource, Interrupted, ConnectionReset].some((kind) => error instanceof kind)) {
        throw error;
      }
    }
  }

  #search(chunk: string): void {
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
  }
}
