/** One text for many readers: encoded once for each wire. */
import type { Buffer } from "node:buffer";
import type { Wire } from "../wire.ts";

export class SharedFrame {
  readonly json: string;
  readonly #frames = new Map<Wire, Buffer>();

  constructor(json: string) {
    this.json = json;
  }

  on(wire: Wire): Buffer {
    const known = this.#frames.get(wire);
    if (known) return known;
    const frame = wire.presence(this.json);
    this.#frames.set(wire, frame);
    return frame;
  }
}
