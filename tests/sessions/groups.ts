/**
 * The groups that sessions follow: how far each has got, how far behind its snapshot is, and its newest commits in
 * the streamer's own ring. There is one ring for all streamers; one that has begun at a snapshot has less in it.
 */
import { Buffer } from "node:buffer";
import { type FeedCommit, Ring, type RingLimits } from "../../actors/stream/testing/mod.ts";
import type { Position } from "../../actors/protocol/mod.ts";
import type { Random } from "../simulation/random.ts";

/** Version that a group has when the simulation starts. */
export const FIRST_VERSION = 2;

export interface GroupsOptions {
  readonly ring: RingLimits;
  readonly frameBytes: number;
  /** Commits after which a host writes the next snapshot of a group. */
  readonly snapshotEvery: number;
  /** Share of the groups that are in a host's memory; when the others were let go a snapshot was written. */
  readonly residentShare: number;
  readonly random: Random;
}

export class Groups {
  readonly count: number;
  readonly #rings: (Ring | undefined)[];
  readonly #limits: RingLimits;
  readonly #versions: Uint32Array;
  readonly #sequences: Float64Array;
  readonly #frame: Buffer;
  #sequence: number;

  readonly #snapshotEvery: number;
  /** Commits of each group after its snapshot when the simulation starts. */
  readonly #unsaved: Uint32Array;

  /** Groups of which each has two events, of frames with `frameBytes`, after a history without frames. */
  constructor(count: number, options: GroupsOptions) {
    this.count = count;
    const { snapshotEvery, residentShare, random } = options;
    this.#snapshotEvery = snapshotEvery;
    this.#unsaved = Uint32Array.from(
      { length: count },
      () => random.chance(residentShare) ? random.int(snapshotEvery) : 0,
    );
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

  /** Commits of `group` after its newest snapshot. */
  unsaved(group: number): number {
    const unsaved = (this.#unsaved[group] ?? 0) + this.version(group) - FIRST_VERSION;
    return unsaved % this.#snapshotEvery;
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
