/**
 * Compares the read model with what the log says it must be, at one point: a snapshot of the tables, and the
 * log up to the offsets in it. Reads a few groups at a time, so that memory does not grow with the log, and
 * disturbs nobody.
 */
import { connectPostgres, type NatsConnection, readPage, streamName } from "../../platform/mod.ts";
import { blockOf, groupSubject, partitionOf, shardOfBlock } from "../../protocol/routing/mod.ts";
import { type JobContext, ProgressMeter } from "../jobs/mod.ts";
import { StreamWatch } from "../_watch.ts";
import type { Transaction } from "../_writes.ts";
import type { Difference } from "./compare.ts";
import { logGroups } from "./_log_groups.ts";
import { checkPart } from "./_part.ts";
import { Tally, type Unreadable } from "./_tally.ts";

const TABLES = [
  "groups",
  "group_members",
  "todo_events",
  "todos",
  "todo_comments",
  "group_projection_offsets",
] as const;
const PAGE_GROUPS = 500;

export interface CheckOptions extends JobContext {
  readonly connection: NatsConnection;
  readonly databaseUrl: string;
  readonly shards: number;
  /** Told of every difference, also of those that are too many for the result. */
  readonly onDifference?: (difference: Difference) => void;
}

export interface CheckResult {
  readonly equal: boolean;
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
    const groups = await sql.begin("isolation level repeatable read", async (transaction) => {
      // Before the first statement that reads, and with it the snapshot: no swap comes between the two.
      await transaction.unsafe(
        `lock table ${TABLES.join(", ")}, projection_streams in access share mode`,
      );
      return await compareAll({ ...options, sql: transaction, tally, meter });
    });
    return {
      equal: tally.differences === 0,
      groups,
      messages: meter.messages,
      events: meter.events,
      seconds: Number(((performance.now() - startedAt) / 1_000).toFixed(3)),
      rows: Object.fromEntries(TABLES.map((table) => [table, tally.rows.get(table) ?? 0])),
      log_checksum: tally.logChecksum,
      tables_checksum: tally.tablesChecksum,
      differences: tally.differences,
      first_differences: tally.listed,
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

/** How many groups were compared. */
async function compareAll(check: Check): Promise<number> {
  const { job: { groupId }, shards, meter, tally } = check;
  const upTo = await offsets(check);
  if (groupId !== undefined) {
    const shard = shardOf(groupId, shards);
    await compareGroups(check, { shard, upTo: upTo[shard] ?? 0, groupIds: [groupId] });
    return 1;
  }
  meter.expect(upTo.reduce((sum, sequence) => sum + sequence, 0));
  let groups = 0;
  for (let shard = 0; shard < shards; shard++) {
    for await (const part of logGroups(check.connection, streamName("EV", shard))) {
      const groupIds = part.map((group) => group.groupId);
      await compareGroups(check, { shard, upTo: upTo[shard] ?? 0, groupIds });
      groups += part.length;
    }
  }
  for (const table of TABLES) {
    const [row] = await check.sql.unsafe<{ count: number }[]>(
      `select count(*)::float8 as count from ${table}`,
    );
    if ((row?.count ?? 0) > (tally.rows.get(table) ?? 0)) await tellStrangers(check, table, upTo);
  }
  return groups;
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

async function compareGroups(
  { connection, sql, tally, meter, signal }: Check,
  part: {
    readonly shard: number;
    readonly upTo: number;
    readonly groupIds: readonly string[];
  },
): Promise<void> {
  signal.throwIfAborted();
  await checkPart({
    ...part,
    connection,
    sql,
    tally,
    stream: streamName("EV", part.shard),
    onRead: (messages, events) => {
      signal.throwIfAborted();
      meter.add(messages, events);
    },
  });
}

/** Rows of groups that the log knows nothing of. */
async function tellStrangers(
  { connection, sql, shards, tally }: Check,
  table: (typeof TABLES)[number],
  upTo: readonly number[],
): Promise<void> {
  const column = table === "groups" ? "id" : "group_id";
  const found: { group_id: string; count: number }[] = [];
  const pages = sql.unsafe<{ group_id: string; count: number }[]>(
    `select ${column} as group_id, count(*)::float8 as count from ${table} group by 1`,
  ).cursor(PAGE_GROUPS);
  for await (const page of pages) {
    const known = await Promise.all(page.map(async ({ group_id }) => {
      const shard = shardOf(group_id, shards);
      const { messages: [first] } = await readPage(connection, {
        stream: streamName("EV", shard),
        subject: groupSubject("event", group_id),
        from: 1,
        maxMessages: 1,
        maxBytes: 1024,
      });
      return first !== undefined && first.sequence <= (upTo[shard] ?? 0);
    }));
    found.push(...page.filter((_, i) => !known[i]));
  }
  for (const { group_id: group, count } of found) {
    tally.differ([{ group, table, key: "", kind: "unexplained", actual: `${count} rows` }]);
  }
}

function shardOf(groupId: string, shards: number): number {
  return shardOfBlock(blockOf(partitionOf(groupId)), shards);
}
