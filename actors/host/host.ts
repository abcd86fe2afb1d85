/**
 * The group host: owns blocks of the mailbox, decides their commands and keeps their cursors. What it
 * holds in memory can be lost at any moment: everything is rebuilt from mailbox and log.
 */
import { jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import {
  logger,
  type Metrics,
  Outbox,
  pause,
  streamCreated,
  streamName,
  type StreamSettings,
} from "../platform/mod.ts";
import { BLOCKS, groupSubject, headers, shardOfBlock } from "../protocol/routing/mod.ts";
import { Actors } from "./actors.ts";
import { Block } from "./block.ts";
import { CursorStore } from "./cursor_store.ts";
import type { ActorEnvironment } from "./group_actor.ts";
import { hostSnapshots } from "./host_snapshots.ts";
import { createHostMetrics, type HostMetrics } from "./host_metrics.ts";
import { Mailbox } from "./mailbox.ts";
import { NatsLog } from "./nats_log.ts";

const SAVE_EVERY_MS = 1_000;
const PASSIVATE_EVERY_MS = 1_000;
const PURGE_EVERY_MS = 10_000;
const MAX_BACKOFF_MS = 1_000;
/** How long a host that is asked to stop works on what it has taken. */
const DRAIN_MS = 4_000;

export interface HostOptions {
  readonly streams: StreamSettings;
  /** Estimated bytes of the actors kept in memory, and how long an idle one is kept. */
  readonly maxActorBytes: number;
  readonly idleMs: number;
  /** Commits of a group after which it gets another snapshot. */
  readonly snapshotEvery: number;
  readonly metrics: Metrics;
}

/** The owned blocks of one mailbox stream. */
interface Shard {
  readonly stream: string;
  /** When the stream was created: cursors are about this incarnation. */
  readonly created: string;
  readonly mailbox: Mailbox;
  readonly blocks: readonly Block[];
  /** Saved cursor by block. */
  readonly saved: Map<number, number>;
}

export class Host implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #options: HostOptions;
  readonly #log = logger("host");
  readonly #metrics: HostMetrics;
  readonly #actors: Actors;
  readonly #cursors: CursorStore;
  readonly #outbox: Outbox;
  readonly #groupLog: NatsLog;
  readonly #shards: Shard[] = [];
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #stopping = false;
  #housekeeping: Promise<void> = Promise.resolve();

  private constructor(connection: NatsConnection, cursors: CursorStore, options: HostOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#cursors = cursors;
    this.#outbox = new Outbox(connection);
    this.#groupLog = new NatsLog(connection, {
      shards: options.streams.shards,
      outbox: this.#outbox,
    });
    const snapshots = hostSnapshots(connection, {
      log: this.#groupLog,
      shards: options.streams.shards,
      metrics: options.metrics,
    });
    this.#actors = new Actors({ ...this.#environment(), snapshots }, options);
    this.#metrics = createHostMetrics(options.metrics, {
      resident: () => this.#actors.resident,
      bytes: () => this.#actors.bytes,
      pending: () =>
        this.#shards.flatMap(({ blocks }) => blocks)
          .reduce((sum, { pending }) => sum + pending, 0),
    });
  }

  /** Takes over every block and starts deciding. */
  static async start(connection: NatsConnection, options: HostOptions): Promise<Host> {
    const cursors = await CursorStore.open(connection, options.streams.replicas);
    const host = new Host(connection, cursors, options);
    for (let shard = 0; shard < options.streams.shards; shard++) await host.#own(shard);
    host.#every(SAVE_EVERY_MS, () => host.#saveCursors());
    host.#every(PASSIVATE_EVERY_MS, () => Promise.resolve(host.#actors.passivate()));
    host.#every(PURGE_EVERY_MS, () => host.#purgeMailboxes());
    return host;
  }

  /**
   * Hands over: stops reading, finishes what was taken, saves the cursors. What cannot be finished
   * within {@link DRAIN_MS} stays in the mailbox for the next owner.
   */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const drained = Promise.all(this.#shards.map(({ mailbox }) => mailbox.stop()))
      .then(() => this.#actors.settle())
      .then(() => this.#housekeeping)
      .then(() => this.#saveCursors());
    if (!await within(DRAIN_MS, drained)) {
      this.#log.warning("Stopping with commands unfinished: they stay in the mailbox");
    }
    this.#stopping = true;
    this.#outbox.flush();
    this.#groupLog[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Takes over every block whose mailbox is in shard `shard`. */
  async #own(shard: number): Promise<void> {
    const { shards } = this.#options.streams;
    const stream = streamName("CMD", shard);
    const created = await streamCreated(this.#connection, stream);
    const numbers = Array.from({ length: BLOCKS }, (_, block) => block)
      .filter((block) => shardOfBlock(block, shards) === shard);
    const blocks = await Promise.all(
      numbers.map(async (number) => new Block(number, await this.#cursors.read(number, created))),
    );
    const mailbox = new Mailbox(this.#connection, {
      stream,
      blocks,
      actors: this.#actors,
      setAside: (subject, data, error) => this.#setAside(subject, data, error),
    });
    const saved = new Map(blocks.map(({ number, cursor }) => [number, cursor]));
    this.#shards.push({ stream, created, mailbox, blocks, saved });
  }

  #environment(): ActorEnvironment {
    const outbox = this.#outbox;
    return {
      log: this.#groupLog,
      sendReply: (replyTo, reply) => {
        const header = newHeaders();
        header.set(headers.OUTCOME, reply.outcome);
        header.set(headers.VERSION, String(reply.version));
        this.#metrics.outcomes.inc({ outcome: reply.outcome });
        outbox.publish(replyTo, reply.body, { headers: header });
      },
      reportPoison: ({ command }, error) =>
        this.#setAside(
          groupSubject("command", command.group_id),
          new TextEncoder().encode(JSON.stringify(command)),
          error,
        ),
      newCommitId: () => crypto.randomUUID(),
      backoff: (attempt) => pause(Math.min(MAX_BACKOFF_MS, 50 * 2 ** attempt) * Math.random()),
      pause,
      monotonicMs: () => performance.now(),
      onTrouble: (group, what, error) =>
        this.#log.warning("Trouble {what} for group {group}; trying again: {error}", {
          what,
          group,
          error,
        }),
      onAppend: (result, commands) => {
        this.#metrics.appends.inc({ result });
        if (result === "stored") this.#metrics.commandsPerCommit.observe(commands);
      },
      isStopping: () => this.#stopping,
    };
  }

  /** Records a message that cannot be processed on the dead-letter stream, so that it can be passed. */
  async #setAside(subject: string, data: Uint8Array, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    this.#metrics.poison.inc();
    this.#log.error("Set aside a message of {subject}: {reason}", { subject, reason });
    const header = newHeaders();
    header.set("Todo-Reason", reason.replaceAll(/[\r\n]+/g, " ").slice(0, 500));
    for (let attempt = 0;; attempt++) {
      try {
        await this.#connection.request(`dlq.${subject}`, data, { timeout: 2_000, headers: header });
        return;
      } catch (failure) {
        if (this.#stopping) throw failure;
        this.#log.warning("Cannot record a dead letter; trying again: {failure}", { failure });
        await pause(Math.min(MAX_BACKOFF_MS, 50 * 2 ** attempt));
      }
    }
  }

  /** Runs `task` every `ms`, never two tasks at once. */
  #every(ms: number, task: () => Promise<void>): void {
    const run = () => {
      this.#housekeeping = this.#housekeeping.then(task).catch((error: unknown) =>
        this.#log.warning("Housekeeping failed; trying again later: {error}", { error })
      );
    };
    this.#timers.push(setInterval(run, ms));
  }

  async #saveCursors(): Promise<void> {
    await Promise.all(
      this.#shards.flatMap(({ blocks, created, saved }) =>
        blocks.map(async ({ number, cursor }) => {
          if (cursor === saved.get(number)) return;
          await this.#cursors.save(number, cursor, created);
          saved.set(number, cursor);
        })
      ),
    );
  }

  /** Drops mailbox messages below every saved cursor: their outcomes are in the log. */
  async #purgeMailboxes(): Promise<void> {
    const manager = await jetstreamManager(this.#connection, { checkAPI: false });
    for (const { stream, mailbox, saved } of this.#shards) {
      const { state } = await manager.streams.info(stream);
      await mailbox.catchUp(state.last_seq);
      await this.#saveCursors();
      const done = Math.min(...saved.values());
      if (done >= state.first_seq) await manager.streams.purge(stream, { seq: done + 1 });
    }
  }
}

/** Whether `work` ended within `ms`; a failure counts as not ended. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), ms));
  const done = work.then(() => true, (error: unknown) => {
    logger("host").warning("Cannot finish in order: {error}", { error });
    return false;
  });
  try {
    return await Promise.race([done, patience]);
  } finally {
    clearTimeout(timer);
  }
}
