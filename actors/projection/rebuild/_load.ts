/**
 * Fills the shadow with a stretch of one stream of the log. Nobody looks at these tables, and a load that fails
 * is thrown away, so that nothing has to be moved along with each batch: groups are spread over lanes that
 * write side by side, each its groups in order.
 */
import { logger, type NatsConnection, readBatches, type Sql } from "../../platform/mod.ts";
import { partitionOf } from "../../protocol/routing/mod.ts";
import { copying, isRefusedCopy } from "./_copy.ts";
import type { Commit } from "../_decode.ts";
import { logMessageOf } from "../_delivered.ts";
import { type Item, itemOf } from "../_writer.ts";
import { runnerOf, type Transaction, writesOf } from "../_writes.ts";
import { planBatch } from "../plan.ts";
import type { BatchLimits } from "./_shares.ts";
import type { StreamIdentity } from "../store.ts";

/** Lanes of each stream. */
export const LANES = 2;

export interface LoadOptions {
  readonly connection: NatsConnection;
  /** Sees the shadow as its tables. */
  readonly sql: Sql;
  readonly identity: StreamIdentity;
  /** Of a batch: there is one for the lanes and one being read. */
  readonly limits: BatchLimits;
  /** Sequence of the last message that is loaded already, and of the last one to load. */
  readonly after: number;
  readonly upTo: number;
  readonly guard: (transaction: Transaction) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onLoaded: (messages: number, events: number) => void;
  /** Told of each message that cannot be projected. */
  readonly onSkipped: (sequence: number, reason: string) => void;
}

/**
 * Loads the stretch and sets the stream's offset to its end.
 *
 * @throws {Error} when the log or Postgres fails, or `signal` aborts
 */
export async function loadStream(options: LoadOptions): Promise<void> {
  const { connection, sql, identity, limits, after, upTo, signal } = options;
  const { stream, epoch } = identity;
  if (upTo > after) {
    const enough = new AbortController();
    const batches = readBatches(connection, {
      ...limits,
      stream,
      startSequence: after + 1,
      decode: (message) => itemOf(logMessageOf(message)),
      signal: AbortSignal.any([signal, enough.signal]),
    });
    try {
      for await (const batch of batches) {
        const items = batch.filter(({ sequence }) => sequence <= upTo);
        await writeItems(items, options);
        if ((batch.at(-1)?.sequence ?? 0) >= upTo) break;
      }
    } finally {
      enough.abort(new Error("The load is over"));
    }
  }
  signal.throwIfAborted();
  await sql`
    insert into projection_streams (stream, epoch, last_sequence)
    values (${stream}, ${epoch}, ${upTo})
    on conflict (stream) do update set last_sequence = excluded.last_sequence`;
}

async function writeItems(items: readonly Item[], options: LoadOptions): Promise<void> {
  const lanes: Commit[][] = Array.from({ length: LANES }, () => []);
  for (const item of items) {
    if (item.kind === "poison") options.onSkipped(item.sequence, item.reason);
    if (item.kind !== "commit") continue;
    lanes[partitionOf(item.commit.groupId) % LANES]?.push(item.commit);
  }
  const written = await Promise.all(lanes.map((commits) => writeCommits(commits, options)));
  options.onLoaded(items.length, written.reduce((sum, events) => sum + events, 0));
}

/** Writes `commits` in as few transactions as Postgres takes them in; how many events that were. */
async function writeCommits(commits: readonly Commit[], options: LoadOptions): Promise<number> {
  const { sql, identity: { shard }, guard, signal } = options;
  const [first] = commits;
  if (!first) return 0;
  signal.throwIfAborted();
  const plan = planBatch(commits);
  try {
    await sql.begin(async (transaction) => {
      await guard(transaction);
      // A single message says by an insert what is wrong with it.
      if (commits.length > 1) await copying(transaction, plan, shard);
      else await Promise.all(writesOf(plan, shard).map(runnerOf(transaction)));
    });
    return plan.events.length;
  } catch (error) {
    if (!isRefusedCopy(error)) throw error;
    if (commits.length === 1) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onSkipped(first.sequence, reason);
      logger("projection").warning("A rebuild leaves message {sequence} out: {reason}", {
        sequence: first.sequence,
        reason,
      });
      return 0;
    }
    const middle = commits.length >> 1;
    return await writeCommits(commits.slice(0, middle), options) +
      await writeCommits(commits.slice(middle), options);
  }
}
