/**
 * The groups that sessions follow: how far each has got, and its newest commits in the streamer's own ring. A
 * ring is filled from the log when a group is followed, so it is the same at every streamer, and there is one.
 */
import { Buffer } from "node:buffer";
import { type FeedCommit, Ring, type RingLimits } from "../../actors/stream/testing/mod.ts";
import type { Position } from "../../actors/protocol/mod.ts";

/** Versions a group has before the simulation starts. */
const FIRST_VERSION = 2;

export class Groups {
  readonly count: number;
  readonly #rings: (Ring | undefined)[];
  readonly #limits: RingLimits;
  readonly #versions: Uint32Array;
  readonly #sequences: Float64Array;
  readonly #frame: Buffer;
  #sequence: number;

  /** Groups of which each has two events; frames have `frameBytes`. */
  constructor(count: number, options: { readonly ring: RingLimits; readonly frameBytes: number }) {
    this.count = count;
    this.#rings = new Array(count);
    this.#limits = options.ring;
    this.#versions = new Uint32Array(count).fill(FIRST_VERSION);
    this.#sequences = Float64Array.from({ length: count }, (_, group) => group + 1);
    this.#sequence = count;
    this.#frame = Buffer.alloc(Math.round(options.frameBytes));
  }

  version(group: number): number {
    return this.#versions[group] ?? 0;
  }

  head(group: number): Position {
    return { version: this.version(group), sequence: this.#sequences[group] ?? 0 };
  }

  /** The newest commits of `group`. */
  ring(group: number): Ring {
    return this.#rings[group] ??= new Ring(this.head(group), this.#limits);
  }

  /** Appends a commit of one event. */
  commit(group: number, atMs: number): void {
    const ring = this.ring(group);
    const previous = this.head(group);
    const version = previous.version + 1;
    const sequence = ++this.#sequence;
    const commit: FeedCommit = {
      version,
      sequence,
      previousSequence: previous.sequence,
      firstVersion: version,
      timeMs: atMs,
      frame: this.#frame,
      tail: this.#frame,
    };
    ring.push(commit);
    this.#versions[group] = version;
    this.#sequences[group] = sequence;
  }
}
