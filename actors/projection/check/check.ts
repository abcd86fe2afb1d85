/**
 * Compares the read model with what the log says it must be, at one point: a snapshot of the tables, and the
 * log up to the offsets in it. Memory does not grow with the log, and nobody is disturbed.
 */
import { connectPostgres, type NatsConnection, streamName } from "../../platform/mod.ts";
import { blockOf, partitionOf, PARTITIONS, shardOfBlock } from "../../protocol/routing/mod.ts";
import { type JobContext, ProgressMeter } from "../jobs/mod.ts";
import { StreamWatch } from "../_watch.ts";
import type { Transaction } from "../_writes.ts";
import type { Difference } from "./compare.ts";
import { compareGroup } from "./_group.ts";
import { screenLog, type ScreenOptions, screenTables } from "./_screen.ts";
import { addState, compareState } from "./_state.ts";
import { Tally, type Unreadable } from "./_tally.ts";

const TABLES = [
  "groups",
  "group_members",
  "todo_events",
  "todos",
  "todo_comments",
  "group_projection_offsets",
] as const;
/** Groups that are looked at one by one; in more of them only the first differences are told. */
const MAX_SUSPECTS = 2_000;

export interface CheckOptions extends JobContext {
  readonly connection: NatsConnection;
  readonly databaseUrl: string;
  readonly shards: number;
  /** Told of every difference, also of those that are too many for the result. */
  readonly onDifference?: (difference: Difference) => void;
}

export interface CheckResult {
  readonly equal: boolean;
  /** How many there are; 0 where one is asked for that neither the log nor the tables know. */
  readonly groups: number;
  readonly messages: number;
  readonly events: number;
  readonly seconds: number;
  /** How many rows of each table were compared. */
  readonly rows: Readonly<Record<string, number>>;
  /** The same when log and tables say the same, whatever the order. */
  readonly log_checksum: string;
  readonly tables_checksum: string;
  readonly differences: number;
  /** The first of them. */
  readonly first_differences: readonly Difference[];
  /** Groups that differ and were too many to be looked at one by one. */
  readonly groups_not_looked_at: number;
  /** Messages of the log that nobody can decode, which the tables therefore lack. */
  readonly unreadable: number;
  readonly unreadable_examples: readonly Unreadable[];
}

/**
 * Checks the read model, or the one group that the job names.
 *
 * @throws {Error} when the log or Postgres fails, or `signal` aborts
 */
export async function checkReadModel(options: CheckOptions): Promise<CheckResult> {
  const startedAt = performance.now();
  const sql = connectPostgres(options.databaseUrl, {
    name: "projection-check",
    session: true,
    statementTimeoutMs: 0,
  });
  const tally = new Tally(options.onDifference);
  const meter = new ProgressMeter("comparing", options.report);
  try {
    const compared = await sql.begin("isolation level repeatable read", async (transaction) => {
      // Before the first statement that reads, and with it the snapshot: no swap comes between the two.
      await transaction.unsafe(
        `lock table ${TABLES.join(", ")}, projection_streams in access share mode`,
      );
      return await compareAll({ ...options, sql: transaction, tally, meter });
    });
    return {
      equal: tally.differences === 0 && compared.notLookedAt === 0,
      groups: compared.groups,
      messages: meter.messages,
      events: meter.events,
      seconds: Number(((performance.now() - startedAt) / 1_000).toFixed(3)),
      rows: Object.fromEntries(TABLES.map((table) => [table, tally.rows.get(table) ?? 0])),
      log_checksum: tally.logChecksum,
      tables_checksum: tally.tablesChecksum,
      differences: tally.differences,
      first_differences: tally.listed,
      groups_not_looked_at: compared.notLookedAt,
      unreadable: tally.unreadableCount,
      unreadable_examples: tally.unreadableExamples,
    };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

interface Check extends CheckOptions {
  readonly sql: Transaction;
  readonly tally: Tally;
  readonly meter: ProgressMeter;
}

interface Compared {
  readonly groups: number;
  readonly notLookedAt: number;
}

async function compareAll(check: Check): Promise<Compared> {
  const { job: { groupId }, shards, meter, tally } = check;
  const upTo = await offsets(check);
  if (groupId !== undefined) {
    const compared = await compareOne(check, groupId, { upTo, countEvents: true });
    addState(tally, compared.expected, compared.actual);
    meter.add(compared.messages, tally.rows.get("todo_events") ?? 0);
    const rows = [...tally.rows.values()].reduce((sum, count) => sum + count, 0);
    // A name that nobody knows is no group in which all is well.
    return { groups: compared.messages + rows > 0 ? 1 : 0, notLookedAt: 0 };
  }
  meter.expect(upTo.reduce((sum, sequence) => sum + sequence, 0));
  const suspects = new Set<string>();
  const matched = new Float64Array(PARTITIONS);
  const screen: ScreenOptions = {
    ...check,
    onRead: (messages, events) => meter.add(messages, events),
    onMatch: (group) => {
      const partition = partitionOf(group);
      matched[partition] = (matched[partition] ?? 0) + 1;
    },
    suspect: (group) => suspects.add(group),
  };
  for (let shard = 0; shard < shards; shard++) {
    await screenLog(screen, { stream: streamName("EV", shard), shard, upTo: upTo[shard] ?? 0 });
  }
  for (const group of await crowded(check, matched)) suspects.add(group);
  // The second pass does not count what the other tables hold of them.
  const uncounted = new Set(suspects);
  meter.enter("comparing tables");
  const groups = await screenTables(screen, (group) => uncounted.has(group));
  for (const group of await strangers(check)) {
    uncounted.add(group);
    suspects.add(group);
  }
  meter.enter("looking at groups");
  for (const group of [...suspects].sort().slice(0, MAX_SUSPECTS)) {
    check.signal.throwIfAborted();
    const { expected, actual } = await compareOne(check, group, { upTo, countEvents: false });
    if (uncounted.has(group)) addState(tally, expected, actual);
  }
  return { groups, notLookedAt: Math.max(0, suspects.size - MAX_SUSPECTS) };
}

/** Compares one group row by row and tells what differs. */
async function compareOne(
  { connection, sql, shards, tally }: Check,
  groupId: string,
  { upTo, countEvents }: { readonly upTo: readonly number[]; readonly countEvents: boolean },
) {
  const shard = shardOfBlock(blockOf(partitionOf(groupId)), shards);
  const stream = streamName("EV", shard);
  const compared = await compareGroup({
    connection,
    sql,
    stream,
    shard,
    upTo: upTo[shard] ?? 0,
    groupId,
    onEvent: (expected, actual) => {
      const version = (expected ?? actual)?.["version"];
      // The first pass has counted what the log knows of.
      if (!countEvents && expected) return;
      tally.row("todo_events", `${groupId}/${version}`, expected, actual);
    },
    onUnreadable: (sequence, error) => {
      if (countEvents) tally.unreadable(stream, sequence, error);
    },
  });
  tally.differ(compared.differences);
  tally.differ(compareState(compared.expected, compared.actual));
  return compared;
}

/** Groups that have rows, and none in `todo_events`. */
async function strangers({ sql }: Check): Promise<string[]> {
  const found: string[] = [];
  for (const table of TABLES) {
    if (table === "todo_events") continue;
    const column = table === "groups" ? "id" : "group_id";
    const unknown = await sql.unsafe<{ group_id: string }[]>(
      `select distinct ${column} as group_id from ${table} t where not exists (
         select from todo_events e where e.group_id = t.${column}
       ) limit ${MAX_SUSPECTS + 1}`,
    );
    found.push(...unknown.map(({ group_id }) => group_id));
  }
  return found;
}

/** The groups of partitions in which `todo_events` has more rows than the log explains. */
async function crowded({ sql }: Check, matched: Float64Array): Promise<string[]> {
  const [row] = await sql<{ count: number }[]>`select count(*)::float8 as count from todo_events`;
  if ((row?.count ?? 0) === matched.reduce((sum, count) => sum + count, 0)) return [];
  const groups = await sql<{ group_id: string; count: number }[]>`
    select group_id, count(*)::float8 as count from todo_events group by 1`;
  const rows = new Float64Array(PARTITIONS);
  for (const { group_id, count } of groups) {
    const partition = partitionOf(group_id);
    rows[partition] = (rows[partition] ?? 0) + count;
  }
  return groups.map(({ group_id }) => group_id).filter((group) => {
    const partition = partitionOf(group);
    return (rows[partition] ?? 0) > (matched[partition] ?? 0);
  });
}

/** How far each stream is projected; one that is not the one of the tables is a difference. */
async function offsets({ connection, sql, shards, tally }: Check): Promise<number[]> {
  const rows = await sql<{ stream: string; epoch: string; at: number }[]>`
    select stream, epoch, last_sequence::float8 as at from projection_streams`;
  return await Promise.all(Array.from({ length: shards }, async (_, shard) => {
    const stream = streamName("EV", shard);
    const { epoch, lastSequence } = await StreamWatch.open(connection, stream);
    const row = rows.find((one) => one.stream === stream);
    const place = { group: "", table: "projection_streams", key: stream };
    const differ = (field: string, expected: unknown, actual: unknown) =>
      tally.differ([{ ...place, field, kind: "different", expected, actual }]);
    if (!row) {
      if (lastSequence > 0) tally.differ([{ ...place, kind: "missing" }]);
      return 0;
    }
    if (row.epoch !== epoch) differ("epoch", epoch, row.epoch);
    if (row.at > lastSequence) differ("last_sequence", lastSequence, row.at);
    return row.at;
  }));
}
