/**
 * Rebuilds the whole read model from the log while the live one is read and written: fills tables of the same
 * definitions beside the live ones, follows the log, and puts them in their place. Until that moment, and if
 * anything fails before it, the live tables are as if there was no rebuild.
 */
import { logger, type NatsConnection, pause, type Sql, streamName } from "../../platform/mod.ts";
import { type JobContext, type JobSession, ProgressMeter } from "../jobs/mod.ts";
import { StreamWatch } from "../_watch.ts";
import { postgresStore, type StreamIdentity } from "../store.ts";
import { Follower } from "./_follower.ts";
import { LANES, loadStream } from "./_load.ts";
import { connectShadow, createShadow, dropShadow, guardOf, indexShadow } from "./_shadow.ts";
import { followingLimits, loadedAtOnce, loadingLimits } from "./_shares.ts";
import { swap, SwapLater, type Swapped, type SwapPoint } from "./_swap.ts";

/** Where a rebuild is, for tests that end the process there. */
export type RebuildPoint = "created" | "loaded" | "indexed" | SwapPoint | "dropped";

export interface ReadModelRebuildOptions extends JobContext {
  readonly connection: NatsConnection;
  readonly databaseUrl: string;
  readonly session: JobSession;
  /** How many streams the log is cut into. */
  readonly shards: number;
  /** Called when the rebuild has come so far; it goes on when that is done. */
  readonly atPoint?: (point: RebuildPoint) => Promise<void> | void;
}

/** What a rebuild did. */
export interface RebuildResult {
  readonly messages: number;
  readonly events: number;
  readonly seconds: number;
  readonly events_per_second: number;
  /** Messages that are in the log and not in the read model, as a rule those of which there are dead letters. */
  readonly skipped: number;
  /** The first of them. */
  readonly skipped_examples: readonly Skipped[];
  /** Events that the log holds more than once. */
  readonly duplicates: number;
  /** The longest time for which readers had to wait, in milliseconds. */
  readonly swap_ms: number;
  /** For how long the live projector could not write, in milliseconds. */
  readonly held_ms: number;
}

export interface Skipped {
  readonly stream: string;
  readonly sequence: number;
  readonly reason: string;
}

const EXAMPLES = 20;
/** Loading ends when no more than so many messages came while the last round was loaded, or after the rounds. */
const FEW_MESSAGES = 2_000;
const LOAD_ROUNDS = 5;
/** How far the shadow may be behind the log when a swap is tried, and how long that may take to come about. */
const CLOSE_ENOUGH = 500;
const CATCH_UP_MS = 30_000;
const SWAP_TRIES = 20;
const SWAP_RETRY_MS = 1_000;

interface Source {
  readonly identity: StreamIdentity;
  readonly watch: StreamWatch;
}

/**
 * Rebuilds the read model.
 *
 * @throws {Error} when it did not come about; the live tables are as they were then
 */
export async function rebuildReadModel(options: ReadModelRebuildOptions): Promise<RebuildResult> {
  const { databaseUrl, session, shards, signal, atPoint = () => {} } = options;
  const startedAt = performance.now();
  const meter = new ProgressMeter("loading", options.report);
  const skipped = new SkippedMessages();
  const sources = await Promise.all(
    Array.from({ length: shards }, (_, shard) => sourceOf(options.connection, shard)),
  );
  const sql = connectShadow(databaseUrl, loadedAtOnce(shards) * LANES);
  const run: Run = { ...options, sql, sources, meter, skipped };
  try {
    await createShadow(session.sql);
    await atPoint("created");
    const loaded = await load(run);
    await atPoint("loaded");
    signal.throwIfAborted();
    meter.enter("indexing");
    const { duplicates } = await indexShadow(session.sql);
    await atPoint("indexed");
    const { stallMs, heldMs } = await followAndSwap(run, loaded);
    await sql.end({ timeout: 1 });
    await dropShadow(session.sql);
    await atPoint("dropped");
    const seconds = (performance.now() - startedAt) / 1_000;
    return {
      messages: meter.messages,
      events: meter.events,
      seconds: Number(seconds.toFixed(3)),
      events_per_second: Math.round(meter.events / seconds),
      skipped: skipped.count,
      skipped_examples: skipped.examples,
      duplicates,
      swap_ms: Number(stallMs.toFixed(1)),
      held_ms: Number(heldMs.toFixed(1)),
    };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** What the parts of one rebuild share. */
interface Run extends ReadModelRebuildOptions {
  readonly sql: Sql;
  readonly sources: readonly Source[];
  readonly meter: ProgressMeter;
  readonly skipped: SkippedMessages;
}

async function sourceOf(connection: NatsConnection, shard: number): Promise<Source> {
  const watch = await StreamWatch.open(connection, streamName("EV", shard));
  const identity = { stream: streamName("EV", shard), shard, epoch: watch.epoch };
  return { identity, watch };
}

/**
 * Fills the shadow with what the log held at the start, then with what came meanwhile, and so on: following
 * takes several times as long, once there are indexes. Answers the sequences up to which the streams are loaded.
 */
async function load(run: Run): Promise<number[]> {
  let from = run.sources.map(() => 0);
  for (let round = 1;; round++) {
    const ends = await endsOf(run.sources, run.meter);
    const messages = sum(ends) - sum(from);
    if (round > 1 && messages <= FEW_MESSAGES || round > LOAD_ROUNDS) return from;
    await loadRound(run, from, ends);
    from = ends;
  }
}

/** Fills the shadow with what follows `from` up to `ends`, some streams side by side. */
async function loadRound(
  run: Run,
  from: readonly number[],
  ends: readonly number[],
): Promise<void> {
  const { connection, sql, sources, meter, skipped, job, signal } = run;
  // The first failure ends the others: what they write is of no use any more.
  const failed = new AbortController();
  const loadOne = ({ identity }: Source, i: number) =>
    loadStream({
      connection,
      sql,
      identity,
      limits: loadingLimits(sources.length),
      after: from[i] ?? 0,
      upTo: ends[i] ?? 0,
      guard: guardOf(job.id),
      signal: AbortSignal.any([signal, failed.signal]),
      onLoaded: (messages, events) => meter.add(messages, events),
      onSkipped: skipped.of(identity.stream),
    }).catch((error: unknown) => {
      failed.abort(error);
      throw error;
    });
  const waiting = sources.entries();
  const loading = Array.from({ length: loadedAtOnce(sources.length) }, async () => {
    for (const [i, source] of waiting) await loadOne(source, i);
  });
  await Promise.allSettled(loading);
  await Promise.all(loading);
}

/** Sequences of the streams' last messages now. */
async function endsOf(sources: readonly Source[], meter: ProgressMeter): Promise<number[]> {
  const ends = await Promise.all(sources.map(({ watch }) => watch.end()));
  meter.expect(sum(ends));
  return ends;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Follows the log until the shadow is close to its end, and swaps; again while readers are in the way. */
async function followAndSwap(run: Run, loaded: readonly number[]): Promise<Swapped> {
  const { connection, sql, sources, meter, session, job, signal, atPoint = () => {} } = run;
  const store = postgresStore(sql, { guard: guardOf(job.id) });
  let positions = loaded;
  meter.enter("following");
  for (let attempt = 1;; attempt++) {
    signal.throwIfAborted();
    const followers = sources.map(({ identity }, i) =>
      new Follower({
        connection,
        store,
        identity,
        limits: followingLimits(sources.length),
        position: positions[i] ?? 0,
        signal,
        onWritten: (messages, events) => meter.add(messages, events),
        onSkipped: run.skipped.of(identity.stream),
      })
    );
    try {
      await catchUp(sources, followers, meter);
      meter.enter("swapping");
      return await swap({ session, followers, atPoint });
    } catch (error) {
      if (!(error instanceof SwapLater) || attempt === SWAP_TRIES) throw error;
      logger("projection").info("The swap waits: {reason}", { reason: error.message });
    } finally {
      await Promise.allSettled(followers.map((follower) => follower.stop()));
    }
    positions = followers.map(({ position }) => position);
    meter.enter("following");
    await pause(SWAP_RETRY_MS, signal);
  }
}

async function catchUp(
  sources: readonly Source[],
  followers: readonly Follower[],
  meter: ProgressMeter,
): Promise<void> {
  const giveUpAt = performance.now() + CATCH_UP_MS;
  for (;;) {
    const ends = await endsOf(sources, meter);
    const behind = followers.map(({ position }, i) => (ends[i] ?? 0) - position);
    if (behind.every((messages) => messages <= CLOSE_ENOUGH)) return;
    await Promise.all(
      followers.map((follower, i) => follower.reach(ends[i] ?? 0, giveUpAt - performance.now())),
    );
    if (performance.now() > giveUpAt) {
      throw new SwapLater(`the shadow is ${Math.max(...behind)} messages behind the log`);
    }
  }
}

class SkippedMessages {
  readonly examples: Skipped[] = [];
  count = 0;

  /** Counts those of `stream`. */
  of(stream: string): (sequence: number, reason: string) => void {
    return (sequence, reason) => {
      this.count++;
      if (this.examples.length < EXAMPLES) this.examples.push({ stream, sequence, reason });
    };
  }
}
