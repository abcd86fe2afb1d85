/**
 * Reads server-sent events as a browser would, and keeps what a client of the streams must be able to
 * rely on: versions without gap or duplicate, nothing after a revocation.
 */

/** One event of a stream. */
export interface Frame {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Parses a stream piece by piece; a frame that was cut off never appears. */
export class FrameReader {
  readonly #decoder = new TextDecoder();
  #rest = "";
  /** Comments seen, such as heartbeats. */
  comments = 0;
  /** The last `retry:` value, in milliseconds. */
  retryMs: number | undefined;

  /** The events that are complete with `chunk`. */
  push(chunk: Uint8Array): Frame[] {
    const blocks = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => this.#parse(block));
  }

  #parse(block: string): Frame[] {
    let id: string | undefined;
    let event = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (name === "") this.comments++;
      else if (name === "id") id = value;
      else if (name === "event") event = value;
      else if (name === "data") data.push(value);
      else if (name === "retry") this.retryMs = Number(value);
      else throw new Error(`Unknown field "${name}"`);
    }
    return data.length === 0 ? [] : [{ id, event, data: data.join("\n") }];
  }
}

/** What a reader knows of its groups after the frames it got; throws where the contract is broken. */
export class ReaderModel {
  /** Version reached in each group. */
  readonly versions = new Map<string, number>();
  readonly revoked = new Set<string>();
  readonly counts = new Map<string, number>();
  /** The last id: the cursor to resume with. */
  cursor: string | undefined;

  take(frame: Frame): void {
    if (frame.id !== undefined) this.cursor = frame.id;
    this.counts.set(frame.event, (this.counts.get(frame.event) ?? 0) + 1);
    const data: unknown = JSON.parse(frame.data);
    switch (frame.event) {
      case "snapshot": {
        const { id, version } = data as { id: string; version: number };
        this.#allowed(id);
        const known = this.versions.get(id) ?? 0;
        if (version < known) throw new Error(`Snapshot of ${id} goes back: ${known} → ${version}`);
        this.versions.set(id, version);
        break;
      }
      case "reset":
        this.versions.delete((data as { group_id: string }).group_id);
        break;
      case "revoked":
        this.revoked.add((data as { group_id: string }).group_id);
        break;
      case "todo-event":
        for (const event of data as { partitionkey: string; sequence: string }[]) {
          this.#takeEvent(event.partitionkey, Number(event.sequence));
        }
        break;
    }
  }

  #takeEvent(groupId: string, version: number): void {
    this.#allowed(groupId);
    const known = this.versions.get(groupId);
    if (known === undefined) throw new Error(`Event of ${groupId} before its snapshot`);
    if (version !== known + 1) throw new Error(`Version ${version} of ${groupId} after ${known}`);
    this.versions.set(groupId, version);
  }

  #allowed(groupId: string): void {
    if (this.revoked.has(groupId)) throw new Error(`Something of ${groupId} after its revocation`);
  }
}
