/**
 * Projects one stream of the log into Postgres, from the stored offset on, for as long as it runs: reads
 * ahead and decodes while the previous batch is written. Stops for good only when going on would corrupt
 * the read model (another incarnation of the stream, a log that lost its tail).
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { type Logger, logger, pause, readBatches, type Sql, streamName } from "../platform/mod.ts";
import { projectedSubject } from "../protocol/routing/mod.ts";
import { logMessageOf } from "./_delivered.ts";
import { Linger, type LingerLimits } from "./_linger.ts";
import { recordPoison } from "./_poison.ts";
import { answerRebuildRequests } from "./_rebuild_requests.ts";
import { itemOf, Writer } from "./_writer.ts";
import { ProjectionError } from "./errors.ts";
import { Lag } from "./_lag.ts";
import { StreamWatch } from "./_watch.ts";
import type { ProjectionMetrics } from "./metrics.ts";
import { postgresStore, type Store, type StreamIdentity } from "./store.ts";

export interface BatchLimits extends LingerLimits {
  /** Most messages and bytes of one batch. */
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Batches as large as pay off: beyond this a transaction gets slower as fast as it gets larger. */
export const DEFAULT_LIMITS: BatchLimits = {
  maxMessages: 2_000,
  maxBytes: 8 * 1024 * 1024,
  lingerMs: 250,
  awaitedLingerMs: 50,
};
/** What all projections of a process read ahead: they share a connection, which NATS cuts at 64 MiB. */
const AHEAD_MAX_BYTES = 32 * 1024 * 1024;

/** Limits of the projections of `shards` streams that one process does. */
export function limitsAmong(shards: number): Partial<BatchLimits> {
  return { maxBytes: Math.min(DEFAULT_LIMITS.maxBytes, Math.floor(AHEAD_MAX_BYTES / shards)) };
}

/** A batch of this many messages says that there is enough traffic for lingering to pay. */
const BUSY_MESSAGES = 8;
const START_RETRY_MS = 500;
const MOVED_RETRY_MS = 20;

export interface ProjectorOptions {
  readonly connection: NatsConnection;
  readonly sql: Sql;
  readonly shard: number;
  readonly metrics: ProjectionMetrics;
  readonly limits?: Partial<BatchLimits>;
  /** Where rows go; the tables of `sql` when absent. */
  readonly store?: Store;
}

/** A running projection of one stream. */
export interface Projector extends AsyncDisposable {
  /** Sequence of the last projected message. */
  readonly position: number;
  /** Rejects with why the projection cannot go on; resolves once it is stopped. */
  readonly done: Promise<void>;
  /** Throws with the reason when the read model is not being kept up. */
  check(): void;
  /** Finishes the running transaction and stops. */
  stop(): Promise<void>;
}

/** Starts projecting the log's shard `shard`. */
export function startProjector(options: ProjectorOptions): Projector {
  return new Projection(options);
}

class Projection implements Projector {
  readonly #options: ProjectorOptions;
  readonly #stream: string;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  readonly #lag = new Lag(Date.now());
  readonly done: Promise<void>;
  #writer: Writer | undefined;
  #state = "has not started";

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#stream = streamName("EV", options.shard);
    this.#store = options.store ?? postgresStore(options.sql);
    this.#log = logger("projection");
    options.metrics.followLag(options.shard, this.#lag);
    this.done = this.#run();
    // Whoever awaits `done` or `stop` gets the failure; it must not end the process before that.
    this.done.catch((error: unknown) =>
      this.#log.debug("Projection of {stream} is over: {error}", { stream: this.#stream, error })
    );
  }

  get position(): number {
    return this.#writer?.position ?? 0;
  }

  check(): void {
    const failure = this.#writer ? this.#writer.failure : this.#state;
    if (failure) throw new Error(`${this.#stream}: ${failure}`);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("The projector is stopping"));
    await this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch((error: unknown) => {
      this.#log.debug("Projector had ended before: {error}", { error });
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#project();
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof ProjectionError ? error.code : undefined;
        this.#state = error instanceof Error ? error.message : String(error);
        if (code === "epoch-mismatch" || code === "log-truncated") {
          this.#log.fatal("Projection of {stream} stops: {reason}", {
            stream: this.#stream,
            reason: this.#state,
          });
          throw error;
        }
        this.#log.warning("Projection of {stream} starts again: {error}", {
          stream: this.#stream,
          error,
        });
        // A rebuild that took over is ahead: nothing is wrong, and readers wait.
        await pause(code === "offset-moved" ? MOVED_RETRY_MS : START_RETRY_MS, signal);
      }
    }
  }

  /** Projects from the stored offset on until stopped, or until the offset was moved by others. */
  async #project(): Promise<void> {
    const { connection, metrics, shard } = this.#options;
    const limits = { ...DEFAULT_LIMITS, ...this.#options.limits };
    const labels = { shard: String(shard) };
    const watch = await StreamWatch.open(connection, this.#stream);
    const identity: StreamIdentity = { stream: this.#stream, shard, epoch: watch.epoch };
    const position = await this.#store.position(identity);
    watch.check(position);
    const writer = new Writer(position, {
      store: this.#store,
      identity,
      metrics,
      log: this.#log,
      setAside: (poison) => recordPoison(connection, this.#stream, poison),
      announce: (groupId, version) => this.#announce(groupId, version),
      signal: this.#stopping.signal,
    });
    // A predecessor may have stopped between its last transaction and the announcements of it.
    const last = { after: position - limits.maxMessages, upTo: position };
    for (const { group_id, version } of await this.#store.writtenIn(last)) {
      this.#announce(group_id, version);
    }
    this.#writer = writer;
    this.#log.info("Projecting {stream} from {next}", { stream: this.#stream, next: position + 1 });
    const broken = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, broken.signal]);
    const watching = watch.start({
      position: () => writer.position,
      report: (last, waitingSinceMs) => {
        metrics.lagEvents.set(labels, Math.max(0, last - writer.position));
        this.#lag.looked(Date.now(), waitingSinceMs);
      },
      fail: (error) => broken.abort(error),
    });
    using linger = new Linger(connection, limits, this.#log);
    using _rebuilds = answerRebuildRequests({
      ...this.#options,
      identity,
      log: this.#log,
      announce: (groupId, version) => this.#announce(groupId, version),
    });
    try {
      const { maxMessages, maxBytes } = limits;
      const batches = readBatches(connection, {
        stream: this.#stream,
        startSequence: position + 1,
        maxMessages,
        maxBytes,
        decode: (message) => itemOf(logMessageOf(message)),
        signal,
      });
      for await (const batch of batches) {
        await writer.write(batch);
        const { length } = batch;
        if (length >= BUSY_MESSAGES && length < maxMessages) await linger.wait(signal);
      }
      broken.signal.throwIfAborted();
    } finally {
      this.#writer = undefined;
      clearInterval(watching);
    }
  }

  #announce(groupId: string, version: number): void {
    try {
      this.#options.connection.publish(projectedSubject(groupId), String(version));
    } catch (error) {
      // The rows are there; who waits for the announcement looks for itself at the end of its patience.
      this.#log.warning("Cannot announce version {version} of {groupId}: {error}", {
        version,
        groupId,
        error,
      });
    }
  }
}
