/** A WebSocket as a client of the streams has it: what it is told has passed the checks of a reader. */
import { connectWebSocket } from "../../actors/platform/mod.ts";
import type { Streamer } from "../../actors/stream/mod.ts";
import { type Frame, ReaderModel } from "../../actors/stream/testing/mod.ts";
import type { Group } from "./_stream_fixture.ts";
import { until } from "./_until.ts";

/** A message of the server. */
export interface ServerMessage {
  readonly op: string;
  readonly id?: string;
  readonly [member: string]: unknown;
}

export interface SocketOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly ticket?: string;
  /** What an earlier client has. */
  readonly after?: ReaderModel;
}

export class SocketClient {
  readonly model = new ReaderModel();
  readonly messages: ServerMessage[] = [];
  /** The text of each message. */
  readonly texts: string[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #socket: WebSocket;
  #failure: unknown;
  #next = 0;

  private constructor(socket: WebSocket, after: ReaderModel | undefined) {
    this.#socket = socket;
    for (const [id, version] of after?.versions ?? []) this.model.versions.set(id, version);
    this.model.cursor = after?.cursor;
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code, reason }) => this.closed = { code, reason };
  }

  /** Opens a WebSocket; rejects when it is refused. */
  static async open(
    { port }: Pick<Streamer, "port">,
    { headers = {}, ticket, after }: SocketOptions = {},
  ): Promise<SocketClient> {
    const query = ticket === undefined ? "" : `?ticket=${ticket}`;
    const socket = connectWebSocket(`ws://127.0.0.1:${port}/ws${query}`, headers);
    const client = new SocketClient(socket, after);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) =>
        reject(new Error(event instanceof ErrorEvent ? event.message : ""));
    });
    return client;
  }

  /** Opens one, says who it is and follows `groups`. */
  static async follow(
    streamer: Pick<Streamer, "port">,
    token: string,
    groups: readonly Group[],
    after?: ReaderModel,
  ): Promise<SocketClient> {
    const client = await SocketClient.open(streamer, after ? { after } : {});
    client.send({ op: "auth", token });
    await client.sub(groups, after?.cursor);
    return client;
  }

  send(message: object | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Sends `message` and waits for its answer. */
  async ask(message: Readonly<Record<string, unknown>>): Promise<ServerMessage> {
    const id = `m${this.#next++}`;
    this.send({ ...message, id });
    let answer: ServerMessage | undefined;
    await this.until(() => {
      answer = this.messages.find((each) => each.id === id);
      return answer !== undefined;
    }, `the answer to ${JSON.stringify(message)}`);
    if (!answer) throw new Error("No answer");
    return answer;
  }

  sub(groups: readonly Group[], cursor?: string, more: object = {}): Promise<ServerMessage> {
    const group_ids = groups.map(({ id }) => id);
    return this.ask({ op: "sub", group_ids, ...(cursor ? { cursor } : {}), ...more });
  }

  count(op: string): number {
    return this.messages.filter((each) => each.op === op).length;
  }

  last(op: string): ServerMessage | undefined {
    return this.messages.findLast((each) => each.op === op);
  }

  /** Waits until `condition` holds. */
  async until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    await until(
      () => {
        if (this.#failure) throw this.#failure;
        return condition();
      },
      timeoutMs,
      () => `${what}; so far ${this.texts.slice(-5).join("\n").slice(0, 2_000)}`,
    );
  }

  async caughtUp(...groups: readonly Group[]): Promise<void> {
    await this.until(
      () => groups.every(({ id, writer }) => this.model.versions.get(id) === writer.version),
      `everything to arrive (${JSON.stringify([...this.model.versions])})`,
    );
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.until(() => this.closed !== undefined, "the socket to be closed");
  }

  #take(data: unknown): void {
    try {
      if (typeof data !== "string") throw new Error("A message that is no text");
      const message = JSON.parse(data) as ServerMessage;
      this.texts.push(data);
      this.messages.push(message);
      const frame = frameOf(message);
      if (frame) this.model.take(frame);
    } catch (error) {
      this.#failure = error;
    }
  }
}

/** The message as the event of a stream of server-sent events would be. */
function frameOf(message: ServerMessage): Frame | undefined {
  const id = typeof message["cursor"] === "string" ? message["cursor"] : undefined;
  switch (message.op) {
    case "event":
      return { id, event: "todo-event", data: JSON.stringify(message["data"]) };
    case "snapshot":
      return { id, event: "snapshot", data: JSON.stringify(message["data"]) };
    case "reset":
    case "revoked":
    case "bye":
      return { id: id === "" ? undefined : id, event: message.op, data: JSON.stringify(message) };
    default:
      return undefined;
  }
}
