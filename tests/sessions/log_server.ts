/**
 * The log and the snapshots that streamers read when they begin to follow a group: NATS servers with so many cores to spare,
 * which answer one request after the other, and the network between.
 */
import type { Costs } from "../bench/costs.ts";

/** Messages of the pages whose cost the benchmark measured. */
const MEASURED_PAGE = 50;

export class LogServer {
  readonly #cores: number;
  readonly #costs: Costs;
  #freeAtMs = 0;

  constructor(cores: number, costs: Costs) {
    this.#cores = cores;
    this.#costs = costs;
  }

  /** Asks for a group's newest message; says when the answer is there. */
  newest(nowMs: number): number {
    return this.#serve(nowMs, this.#costs["nats.last_us"]);
  }

  /** Asks for a group's snapshot; says when it is there. */
  snapshot(nowMs: number): number {
    return this.#serve(nowMs, this.#costs["nats.snapshot_us"]);
  }

  /** Asks for a page of `messages` messages; says when it is there. */
  page(nowMs: number, messages: number): number {
    return this.#serve(nowMs, this.#costs["nats.page_us"] * Math.max(1, messages) / MEASURED_PAGE);
  }

  #serve(nowMs: number, costUs: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + costUs / 1_000 / this.#cores;
    return this.#freeAtMs + this.#costs["nats.page_ms"];
  }
}
