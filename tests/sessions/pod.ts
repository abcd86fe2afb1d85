/**
 * A streamer in the simulation: the real count of streams and addresses with the real limits, one processor
 * that does one thing after the other, and what it follows. Costs are those that the benchmarks measured.
 */
import { Addresses, READS_AT_ONCE, Streams } from "../../actors/stream/testing/mod.ts";
import type { StreamConfig } from "../../actors/stream/mod.ts";
import { TrustedProxies } from "../../actors/platform/mod.ts";
import type { Costs } from "../bench/costs.ts";
import { Follows } from "./follows.ts";

export class Pod {
  /** Its column in the tables. */
  readonly slot: number;
  readonly streams: Streams;
  /** Whether it refuses new streams because it is about to end. */
  draining = false;
  /** Whether its process is gone. */
  gone = false;
  readonly follows: Follows;
  #freeAtMs = 0;
  #reading = 0;
  readonly #waitingReads: (() => void)[] = [];
  readonly #idleUs: number;

  constructor(slot: number, config: StreamConfig, costs: Costs) {
    this.slot = slot;
    this.follows = new Follows(config);
    this.#idleUs = costs["stream.idle_us"];
    const addresses = new Addresses({
      limit: config.streamsPerAddress,
      proxies: new TrustedProxies(config.trustedProxies),
      onLimited: () => {},
    });
    this.streams = new Streams({
      perUser: config.streamsPerUser,
      total: config.streamsTotal,
      addresses,
    });
  }

  /** Does work of `costUs` microseconds after everything before it; says when it is done. */
  work(nowMs: number, costUs: number): number {
    // Heartbeats and the like take their share all the time.
    const left = Math.max(0.1, 1 - this.streams.size * this.#idleUs / 1e6);
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + costUs / 1_000 / left;
    return this.#freeAtMs;
  }

  /** How far it is behind with its work. */
  behindMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs - nowMs);
  }

  /** Calls `read` once fewer reads of the log than the real limit are under way. */
  startRead(read: () => void): void {
    if (this.#reading >= READS_AT_ONCE) this.#waitingReads.push(read);
    else {
      this.#reading++;
      read();
    }
  }

  /** A read has ended. */
  endRead(): void {
    const next = this.#waitingReads.shift();
    if (next) next();
    else this.#reading--;
  }
}
