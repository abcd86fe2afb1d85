/**
 * A reader of one group's stream that comes back with its cursor whenever the stream ends, as a browser
 * does, and notes what arrived.
 */
import { decodeCommit, versionOf } from "../../actors/protocol/mod.ts";
import type { Http, User } from "./edge_user.ts";
import { sleep } from "./eventually.ts";
import type { Delivery, Fault } from "./history.ts";
import { streamFaults } from "./view_faults.ts";

const RECONNECT_MS = 100;

export class Follower implements AsyncDisposable {
  /** What arrived, over all connections. */
  readonly deliveries: Delivery[] = [];
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #cursor = "";
  #version = 0;
  #connections = 0;

  constructor(http: Http, user: User, readonly groupId: string) {
    this.#done = this.#follow(http, user);
  }

  /** The group's version up to which everything arrived. */
  get version(): number {
    return this.#version;
  }

  /** What is wrong with the order of what arrived. */
  get faults(): Fault[] {
    return streamFaults(this.groupId, this.deliveries);
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
      case "snapshot":
        this.#note({ kind: "snapshot", version: Number(JSON.parse(data).version) });
        break;
      case "todo-event":
        for (const event of decodeCommit(new TextEncoder().encode(data))) {
          this.#note({ kind: "event", version: versionOf(event), id: event.id });
        }
        break;
      case "reset":
      case "revoked":
        this.#note({ kind: "told", what: data });
    }
    const id = fields.get("id");
    if (id !== undefined) this.#cursor = id;
  }

  #note(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (delivery.kind !== "told") this.#version = delivery.version;
  }
}
