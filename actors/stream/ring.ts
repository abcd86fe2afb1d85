/**
 * The last commits of one group, bounded by count and by bytes: what a reader that was away for a
 * moment is served from. Pure state; knows nothing of connections or of the log.
 */
import type { Position } from "../protocol/mod.ts";
import type { FeedCommit } from "./commit.ts";

export interface RingLimits {
  readonly maxCommits: number;
  readonly maxBytes: number;
}

/** What the ring knows of a reader's position. */
export type RingAnswer =
  | { readonly kind: "commits"; readonly commits: readonly FeedCommit[] }
  /** The position lies before what the ring holds. */
  | { readonly kind: "older" }
  /** The group was never at this position. */
  | { readonly kind: "unknown" };

export class Ring {
  readonly #limits: RingLimits;
  #commits: FeedCommit[] = [];
  /** Index of the oldest commit kept; what lies before it is cut off in one go now and then. */
  #start = 0;
  #sizeBytes = 0;
  #base: Position;

  /** An empty ring after position `base`. */
  constructor(base: Position, limits: RingLimits) {
    this.#base = base;
    this.#limits = limits;
  }

  /** The position before the oldest commit kept. */
  get base(): Position {
    return this.#base;
  }

  get size(): number {
    return this.#commits.length - this.#start;
  }

  /** Bytes of the frames kept. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Adds the commit that follows the newest one; lets the oldest go when there are too many. */
  push(commit: FeedCommit): void {
    this.#commits.push(commit);
    this.#sizeBytes += commit.frame.length;
    while (this.size > this.#limits.maxCommits || this.#sizeBytes > this.#limits.maxBytes) {
      const oldest = this.#commits[this.#start];
      if (!oldest) break;
      this.#start++;
      this.#sizeBytes -= oldest.frame.length;
      this.#base = { version: oldest.version, sequence: oldest.sequence };
    }
    if (this.#start > 32 && this.#start * 2 > this.#commits.length) {
      this.#commits = this.#commits.slice(this.#start);
      this.#start = 0;
    }
  }

  /**
   * The commits after `position`, oldest first: as many as fit into `maxBytes`, but at least one when
   * there is one.
   */
  after(position: Position, maxBytes: number): RingAnswer {
    if (position.sequence < this.#base.sequence) return { kind: "older" };
    const first = this.#indexAfter(position);
    if (first === undefined) return { kind: "unknown" };
    let end = first;
    let sizeBytes = 0;
    for (; end < this.#commits.length; end++) {
      sizeBytes += this.#commits[end]?.frame.length ?? 0;
      if (sizeBytes > maxBytes && end > first) break;
    }
    return { kind: "commits", commits: this.#commits.slice(first, end) };
  }

  /** Index of the commit that follows exactly `position`. */
  #indexAfter(position: Position): number | undefined {
    if (same(position, this.#base)) return this.#start;
    let low = this.#start;
    let high = this.#commits.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const commit = this.#commits[middle];
      if (!commit) return undefined;
      if (commit.sequence === position.sequence) {
        return commit.version === position.version ? middle + 1 : undefined;
      }
      if (commit.sequence < position.sequence) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}

function same(a: Position, b: Position): boolean {
  return a.version === b.version && a.sequence === b.sequence;
}
