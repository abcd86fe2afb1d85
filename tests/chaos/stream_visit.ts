/**
 * A reader of streams that goes away whenever it likes, in the middle of a frame too, and comes back
 * with its cursor: on a plain socket, so that it costs little. What it gets is held against what the
 * streams promise, frame by frame.
 */
import { FrameReader, ReaderModel } from "../../actors/stream/testing/mod.ts";

const HEAD_END = "\r\n\r\n";
const BUFFER_BYTES = 32 * 1024;

/** How a visit ended: cut by the reader, ended by the streamer, or never begun. */
export type VisitEnd = "cut" | "ended" | "refused";

/** Settles when the reader goes; given what settles when the first bytes of the stream are there. */
export type Leaving = (begun: Promise<void>) => Promise<void>;

export class StreamVisitor {
  readonly groupIds: readonly string[];
  readonly model = new ReaderModel();
  /** Snapshots of groups whose place the reader already had: its cursor was not honoured. */
  startedOver = 0;
  /** Told of every commit as it arrives. */
  onFrame: ((data: string) => void) | undefined;
  readonly #token: string;
  /** Called when the stream of this visit has brought something. */
  #begin = () => {};
  /** Nothing is read before it settles. */
  #patience = Promise.resolve();

  constructor(groupIds: readonly string[], token: string) {
    this.groupIds = groupIds;
    this.#token = token;
  }

  /**
   * Opens the stream where the last visit ended and reads until `leaving` settles.
   *
   * @throws {Error} when what comes has a gap, a duplicate, or goes back
   */
  async visit(port: number, leaving: Leaving): Promise<VisitEnd> {
    const socket = await connect(port);
    if (!socket) return "refused";
    let cut = false;
    const begun = Promise.withResolvers<void>();
    this.#begin = begun.resolve;
    void leaving(begun.promise).then(() => {
      cut = true;
      close(socket);
    });
    try {
      await socket.write(new TextEncoder().encode(this.#request()));
      return await this.#read(socket) ? "ended" : "refused";
    } catch (error) {
      if (!isGone(error)) throw error;
      return cut ? "cut" : "ended";
    } finally {
      close(socket);
    }
  }

  /** Reads nothing more until `until` settles, as a reader that hangs. */
  stall(until: Promise<void>): void {
    this.#patience = until;
  }

  #request(): string {
    const { cursor } = this.model;
    return `GET /events?group_id=${this.groupIds.join(",")} HTTP/1.1\r\nhost: chaos\r\n` +
      `authorization: Bearer ${this.#token}\r\n` +
      (cursor ? `last-event-id: ${cursor}\r\n` : "") + "\r\n";
  }

  /** Reads to the end; false when there was no stream. */
  async #read(socket: Deno.TcpConn): Promise<boolean> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    const frames = new FrameReader();
    let head: string | undefined = "";
    for (let count; (count = await socket.read(buffer)) !== null;) {
      let bytes = buffer.subarray(0, count);
      if (head !== undefined) {
        const text: string = head + new TextDecoder("latin1").decode(bytes);
        if (!text.startsWith("HTTP/1.1 200")) return false;
        const end = text.indexOf(HEAD_END);
        if (end < 0) {
          head = text;
          continue;
        }
        bytes = bytes.subarray(end + HEAD_END.length - head.length);
        head = undefined;
      }
      if (bytes.length > 0) this.#begin();
      await this.#patience;
      for (const frame of frames.push(bytes)) {
        if (frame.event === "snapshot") this.#noteSnapshot(frame.data);
        this.model.take(frame);
        if (frame.event === "todo-event") this.onFrame?.(frame.data);
      }
    }
    return head === undefined;
  }

  #noteSnapshot(data: string): void {
    const { id } = JSON.parse(data) as { readonly id: string };
    if (this.model.versions.has(id)) this.startedOver++;
  }
}

async function connect(port: number): Promise<Deno.TcpConn | undefined> {
  try {
    return await Deno.connect({ hostname: "127.0.0.1", port });
  } catch (error) {
    const { ConnectionRefused, ConnectionReset } = Deno.errors;
    // Reset: the listener died while the connection waited to be accepted.
    if (error instanceof ConnectionRefused || error instanceof ConnectionReset) return undefined;
    throw error;
  }
}

function close(socket: Deno.TcpConn): void {
  try {
    socket.close();
  } catch (error) {
    // The other of the two ends came first.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}
