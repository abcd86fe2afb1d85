/**
 * A reader of one group's stream that comes back with its cursor whenever the stream ends, as a browser
 * does, and notes whether every version arrived once and in order.
 */
import { decodeCommit, versionOf } from "../../actors/protocol/mod.ts";
import { type Http, sleep, type User } from "./_path_client.ts";

const RECONNECT_MS = 100;

export class Follower implements AsyncDisposable {
  readonly faults: string[] = [];
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #cursor = "";
  #version: number | undefined;
  #connections = 0;

  constructor(http: Http, user: User, readonly groupId: string) {
    this.#done = this.#follow(http, user);
  }

  /** The group's version up to which everything arrived. */
  get version(): number {
    return this.#version ?? 0;
  }

  /** How often the stream was opened. */
  get connections(): number {
    return this.#connections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #follow(http: Http, user: User): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const since = this.#cursor === "" ? "" : `&since=${encodeURIComponent(this.#cursor)}`;
      try {
        const path = `/events?group_id=${this.groupId}${since}`;
        const response = await http.open(path, user.token, signal);
        if (response.ok && response.body) {
          this.#connections++;
          await this.#read(response.body);
        } else {
          await response.body?.cancel();
        }
      } catch (error) {
        // A stream that breaks is what this reader is there to outlive.
        if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
      }
      if (!signal.aborted) await sleep(RECONNECT_MS);
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) this.#frame(frame);
    }
  }

  #frame(frame: string): void {
    const fields = new Map(
      frame.split("\n").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
      }),
    );
    const data = fields.get("data") ?? "";
    switch (fields.get("event")) {
      case "snapshot": {
        if (this.#version !== undefined) {
          this.faults.push(`${this.groupId} started over behind version ${this.#version}`);
        }
        this.#version = Number(JSON.parse(data).version);
        break;
      }
      case "todo-event":
        for (const event of decodeCommit(new TextEncoder().encode(data))) {
          this.#apply(versionOf(event));
        }
        break;
      case "reset":
      case "revoked":
        this.faults.push(`${this.groupId} was told ${data}`);
    }
    const id = fields.get("id");
    if (id !== undefined) this.#cursor = id;
  }

  #apply(version: number): void {
    const before = this.#version ?? 0;
    if (version !== before + 1) {
      this.faults.push(`version ${version} of ${this.groupId} arrived behind ${before}`);
    }
    this.#version = version;
  }
}
