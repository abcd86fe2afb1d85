/**
 * A member's stream as a benchmark reads it: when the commit of each command arrived, and how many bytes
 * it took. A plain socket; only the command's id is looked for.
 */
const decoder = new TextDecoder("latin1");
const FRAME_END = "\n\n";
const CAUSE = '"causationid":"';

export interface Arrival {
  readonly atMs: number;
  /** Of the whole frame, as the member's network carries it. */
  readonly bytes: number;
}

/** Told of every commit, with the id of its first command. */
export type OnArrival = (commandId: string, arrival: Arrival) => void;

export class MembersStream implements Disposable {
  readonly #socket: Deno.TcpConn;
  readonly #arrived: OnArrival;
  #rest = "";

  private constructor(socket: Deno.TcpConn, arrived: OnArrival) {
    this.#socket = socket;
    this.#arrived = arrived;
  }

  /** Opens a stream of `groupId` at the streamer `url`; resolves when its first bytes are there. */
  static async open(
    url: string,
    { token, groupId, arrived }: {
      readonly token: string;
      readonly groupId: string;
      readonly arrived: OnArrival;
    },
  ): Promise<MembersStream> {
    const { hostname, port, host } = new URL(url);
    const socket = await Deno.connect({ hostname, port: Number(port) });
    await socket.write(new TextEncoder().encode(
      `GET /events?group_id=${groupId} HTTP/1.1\r\nhost: ${host}\r\n` +
        `authorization: Bearer ${token}\r\n\r\n`,
    ));
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    while (!text.includes("event: snapshot") || !text.endsWith(FRAME_END)) {
      const count = await socket.read(buffer);
      if (count === null) throw new Error(`The stream ended: ${text}`);
      text += decoder.decode(buffer.subarray(0, count));
    }
    if (!text.startsWith("HTTP/1.1 200")) throw new Error(text);
    const stream = new MembersStream(socket, arrived);
    void stream.#run(buffer);
    return stream;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #run(buffer: Uint8Array): Promise<void> {
    try {
      for (let count; (count = await this.#socket.read(buffer)) !== null;) {
        this.#take(decoder.decode(buffer.subarray(0, count)));
      }
    } catch (error) {
      // Closing the socket ends the read that waits.
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  #take(chunk: string): void {
    const atMs = performance.now();
    const frames = (this.#rest + chunk).split(FRAME_END);
    this.#rest = frames.pop() ?? "";
    for (const frame of frames) {
      const at = frame.indexOf(CAUSE);
      if (at < 0) continue;
      const start = at + CAUSE.length;
      this.#arrived(frame.slice(start, frame.indexOf('"', start)), {
        atMs,
        bytes: frame.length + FRAME_END.length,
      });
    }
  }
}
