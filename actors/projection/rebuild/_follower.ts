/**
 * Keeps the shadow of one stream up with the log, from where the load ended, in the way of the live projector:
 * the same batches, statements and offset, without telling readers, who do not see these tables.
 */
import {
  createMetrics,
  logger,
  type NatsConnection,
  pause,
  readBatches,
} from "../../platform/mod.ts";
import { logMessageOf } from "../_delivered.ts";
import { itemOf, Writer } from "../_writer.ts";
import { projectionMetrics } from "../metrics.ts";
import type { Store, StreamIdentity } from "../store.ts";
import type { BatchLimits } from "./_shares.ts";

/** How long messages gather between batches: well below what the live projector takes, to stay ahead. */
const LINGER_MS = 20;
const LOOK_MS = 5;

export interface FollowerOptions {
  readonly connection: NatsConnection;
  readonly store: Store;
  readonly identity: StreamIdentity;
  /** Of a batch. */
  readonly limits: BatchLimits;
  /** Sequence of the last message that the shadow holds. */
  readonly position: number;
  readonly signal: AbortSignal;
  readonly onWritten: (messages: number, events: number) => void;
  readonly onSkipped: (sequence: number, reason: string) => void;
}

export class Follower {
  readonly #options: FollowerOptions;
  readonly #writer: Writer;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { store, identity, position, signal } = options;
    this.#writer = new Writer(position, {
      store,
      identity,
      // Nobody asks for them: how a rebuild goes is told by its job.
      metrics: projectionMetrics(createMetrics("rebuild")),
      log: logger("projection"),
      setAside: ({ sequence, reason }) => Promise.resolve(options.onSkipped(sequence, reason)),
      announce: () => {},
      signal,
    });
    this.#done = this.#follow().catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  get stream(): string {
    return this.#options.identity.stream;
  }

  get epoch(): string {
    return this.#options.identity.epoch;
  }

  get position(): number {
    return this.#writer.position;
  }

  /**
   * Waits until the shadow holds the message `sequence`; whether it does within `timeoutMs`.
   *
   * @throws {Error} when it cannot be followed any further
   */
  async reach(sequence: number, timeoutMs: number): Promise<boolean> {
    const giveUpAt = performance.now() + timeoutMs;
    while (this.position < sequence) {
      if (this.#failure) throw this.#failure.error;
      this.#options.signal.throwIfAborted();
      if (performance.now() > giveUpAt) return false;
      await pause(LOOK_MS);
    }
    return true;
  }

  /** Finishes the running batch; nothing is written to the shadow after this. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("The shadow is complete"));
    await this.#done;
    if (this.#failure) throw this.#failure.error;
  }

  async #follow(): Promise<void> {
    const { connection, identity: { stream }, limits, signal } = this.#options;
    const end = AbortSignal.any([signal, this.#stopping.signal]);
    const batches = readBatches(connection, {
      ...limits,
      stream,
      startSequence: this.position + 1,
      decode: (message) => itemOf(logMessageOf(message)),
      signal: end,
    });
    for await (const batch of batches) {
      await this.#writer.write(batch);
      const events = batch.reduce(
        (sum, item) => sum + (item.kind === "commit" ? item.commit.events.length : 0),
        0,
      );
      this.#options.onWritten(batch.length, events);
      if (batch.length < limits.maxMessages) await pause(LINGER_MS, end);
      if (end.aborted) return;
    }
  }
}
