/**
 * The group host: owns its share of the blocks, decides their commands and keeps their cursors. What it
 * holds in memory can be lost at any moment: everything is rebuilt from mailbox and log.
 */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { logger, type Metrics, Outbox, pause, type StreamSettings } from "../platform/mod.ts";
import type { AnyKind } from "../kind/mod.ts";
import { actorSubject, headers, TICK } from "../protocol/routing/mod.ts";
import type { AnyActors, SendReply } from "./actor/mod.ts";
import { hostActors } from "./host_actors.ts";
import { createHostMetrics, type HostMetrics } from "./host_metrics.ts";
import { countSnapshots } from "./host_snapshots.ts";
import { CursorStore, ForeignCursorError, Shard } from "./mailbox/mod.ts";
import { CODE_VERSION } from "./nats/mod.ts";
import { createdOf, Owner } from "./ownership/mod.ts";
import { type SetAside, setAside } from "./set_aside.ts";

const SAVE_EVERY_MS = 1_000;
const PASSIVATE_EVERY_MS = 1_000;
const PURGE_EVERY_MS = 2_000;
/** How often cursors are read at the start before their stream counts as unreadable. */
const READ_ATTEMPTS = 20;
const READ_AGAIN_MS = 250;
/** How long a host that is asked to stop works on what it has taken. */
const DRAIN_MS = 4_000;

export interface HostOptions {
  /** What operators call it; need not be unique. */
  readonly name: string;
  /** The kinds of actors whose commands it decides; all hosts of an installation have the same. */
  readonly kinds: readonly AnyKind[];
  readonly streams: StreamSettings;
  /** Estimated bytes of the actors kept in memory, the same share for each kind. */
  readonly maxActorBytes: number;
  /** How long an idle actor is kept, in milliseconds. */
  readonly idleMs: number;
  /** Commits of an actor after which it gets another snapshot. */
  readonly snapshotEvery: number;
  /** It owns every block whatever other hosts say: for chaos tests. */
  readonly forceAllBlocks: boolean;
  readonly metrics: Metrics;
}

export class Host implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #options: HostOptions;
  readonly #log = logger("host");
  readonly #metrics: HostMetrics;
  /** By name of their kind. */
  readonly #actors: ReadonlyMap<string, AnyActors>;
  readonly #settleActors: () => Promise<unknown>;
  readonly #disposeActors: () => void;
  readonly #setAside: SetAside;
  readonly #outbox: Outbox;
  readonly #failed = Promise.withResolvers<never>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #shards: readonly Shard[] = [];
  #owner: Owner | undefined;
  #stopping = false;
  #housekeeping: Promise<void> = Promise.resolve();

  private constructor(connection: NatsConnection, options: HostOptions) {
    const { kinds, streams: { shards }, metrics } = options;
    requireDistinct(kinds);
    this.#connection = connection;
    this.#options = options;
    this.#outbox = new Outbox(connection);
    this.#metrics = createHostMetrics(metrics, {
      resident: () => this.#total(({ resident }) => resident),
      bytes: () => this.#total(({ bytes }) => bytes),
      pending: () =>
        this.#shards.flatMap(({ blocks }) => blocks)
          .reduce((sum, { pending }) => sum + pending, 0),
      parked: () => this.#shards.reduce((sum, { parked }) => sum + parked, 0),
      owned: () => this.#owner?.owned ?? 0,
      liveHosts: () => this.#owner?.liveHosts ?? 0,
      lags: () => this.#shards.map(({ stream, lag }) => ({ stream, lag })),
    });
    const isStopping = () => this.#stopping;
    const sendReply = this.#sendReply.bind(this);
    this.#setAside = setAside(connection, {
      metrics: this.#metrics,
      sendReply,
      shards,
      isStopping,
    });
    const snapshotsCounted = countSnapshots(metrics);
    const hosted = kinds.map((kind) => ({
      name: kind.name,
      ...hostActors(connection, kind, {
        ...options,
        maxActorBytes: options.maxActorBytes / kinds.length,
        outbox: this.#outbox,
        shards,
        metrics: this.#metrics,
        snapshotsCounted,
        sendReply,
        setAside: this.#setAside,
        isStopping,
      }),
    }));
    this.#actors = new Map(hosted.map(({ name, actors }) => [name, actors]));
    this.#settleActors = () => Promise.all(hosted.map(({ settle }) => settle()));
    this.#disposeActors = () => hosted.forEach(({ dispose }) => dispose());
    // Nobody has to listen: a host that fails is reported by whoever runs it.
    this.#failed.promise.catch(() => {});
  }

  /**
   * Joins the other hosts and decides the commands of its share of the blocks; a lone host's is everything.
   *
   * @throws {Error} when the saved cursors belong to another incarnation of a mailbox stream
   */
  static async start(connection: NatsConnection, options: HostOptions): Promise<Host> {
    const host = new Host(connection, options);
    try {
      await host.#start();
    } catch (error) {
      await host.stop();
      throw error;
    }
    return host;
  }

  /** Rejects when the host cannot go on: its process has to end. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /**
   * Hands over: stops reading, finishes what was taken, saves the cursors, tells the others. What cannot be
   * finished within {@link DRAIN_MS} stays in the mailbox for the next owner.
   */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const drained = Promise.all([this.#owner?.drain(), this.#housekeeping])
      .then(() => this.#settleActors())
      .then(() => this.#connection.flush());
    if (!await within(DRAIN_MS, drained)) {
      this.#log.warning("Stopping with commands unfinished: they stay in the mailbox");
    }
    this.#stopping = true;
    this.#owner?.[Symbol.dispose]();
    this.#outbox.flush();
    this.#disposeActors();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(): Promise<void> {
    const { streams: { shards, replicas }, name, forceAllBlocks } = this.#options;
    const cursors = await CursorStore.open(this.#connection, replicas);
    const [inboxes, setAside] = [this.#actors, this.#setAside.message];
    this.#shards = await Promise.all(
      Array.from(
        { length: shards },
        (_, shard) => Shard.open(this.#connection, { shard, shards, cursors, inboxes, setAside }),
      ),
    );
    await this.#requireOwnCursors(cursors);
    this.#owner = new Owner(this.#connection, {
      identity: {
        host_id: crypto.randomUUID(),
        name,
        started_at: new Date().toISOString(),
        code_version: CODE_VERSION,
      },
      forceAll: forceAllBlocks,
      shards: this.#shards,
      cursors,
      metrics: this.#metrics,
      figures: () => ({
        resident_actors: this.#total(({ resident }) => resident),
        actor_bytes: Math.round(this.#total(({ bytes }) => bytes)),
      }),
      onFatal: (error) => this.#failed.reject(error),
    });
    await Promise.race([this.#owner.ready, this.failed]);
    this.#every(SAVE_EVERY_MS, () => this.#forShards((shard) => shard.save()));
    this.#every(PASSIVATE_EVERY_MS, () => this.#forActors((actors) => actors.passivate()));
    this.#every(PURGE_EVERY_MS, () => this.#forShards((shard) => shard.purge()));
  }

  /** Cursors of another incarnation stop the start, whoever's blocks they are about. */
  async #requireOwnCursors(cursors: CursorStore): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        await cursors.readAll(createdOf(this.#shards));
        return;
      } catch (error) {
        // The copies of a bucket that was made just now take a moment until they answer.
        if (error instanceof ForeignCursorError || attempt === READ_ATTEMPTS) throw error;
        await pause(READ_AGAIN_MS);
      }
    }
  }

  #total(figure: (actors: AnyActors) => number): number {
    return [...this.#actors.values()].reduce((sum, actors) => sum + figure(actors), 0);
  }

  #sendReply(...[replyTo, { outcome, version, body }]: Parameters<SendReply>): void {
    const header = newHeaders();
    header.set(headers.OUTCOME, outcome);
    header.set(headers.VERSION, String(version));
    this.#metrics.outcomes.inc({ outcome });
    this.#outbox.publish(replyTo, body, { headers: header });
  }

  async #forActors(task: (actors: AnyActors) => Promise<void> | void): Promise<void> {
    await Promise.all([...this.#actors.values()].map(task));
  }

  async #forShards(task: (shard: Shard) => Promise<void>): Promise<void> {
    await Promise.all(this.#shards.map(task));
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

/** @throws {TypeError} when two kinds have the same name, or one that is no token of a subject */
function requireDistinct(kinds: readonly AnyKind[]): void {
  const names = kinds.map(({ name }) => name);
  for (const name of names) {
    // Throws when the name is none; ticks lie in the mailboxes' stream under a name of their own.
    actorSubject("command", { kind: name, id: "any" });
    if (name === TICK || names.indexOf(name) !== names.lastIndexOf(name)) {
      throw new TypeError(`Cannot host two kinds of actors named "${name}"`);
    }
  }
}
