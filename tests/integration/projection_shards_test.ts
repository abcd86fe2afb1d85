/**
 * A log that is cut into two streams, each with a projection of its own: they write side by side, and what
 * holds one of them up is no business of the other.
 */
import assert from "node:assert/strict";
import { connectPostgres, streamName } from "../../actors/platform/mod.ts";
import { postgresStore, type Projector } from "../../actors/projection/mod.ts";
import {
  LogBuilder,
  logOf,
  newTodo,
  readTables,
  referenceTables,
  type Tables,
} from "../../actors/projection/testing/mod.ts";
import {
  blockOf,
  parseGroupSubject,
  partitionOf,
  projectedSubject,
  shardOfBlock,
} from "../../actors/protocol/routing/mod.ts";
import { eventually, sleep } from "../support/eventually.ts";
import { checked, rebuilt } from "./_projection_jobs.ts";
import { type ProjectionFixture, withProjection } from "./_projection_fixture.ts";

const SHARDS = 2;
type Message = LogBuilder["messages"][number];

const shardOf = (groupId: string) => shardOfBlock(blockOf(partitionOf(groupId)), SHARDS);
const busy = (length: number) => Array.from({ length }, (_, i) => (i * 7_919) % 100_003);

/** A group of each shard. */
const [here = "", there = ""] = [0, 1].map((shard) =>
  Array.from({ length: 50 }, (_, i) => `group-of-${i}`).find((id) => shardOf(id) === shard) ?? ""
);

/** `messages` by the shard that stores them. */
function cut(messages: readonly Message[]): Message[][] {
  const byShard = Map.groupBy(
    messages,
    ({ subject }) => shardOf(parseGroupSubject(subject)?.groupId ?? ""),
  );
  return Array.from({ length: SHARDS }, (_, shard) => byShard.get(shard) ?? []);
}

function withShards(body: (fixture: ProjectionFixture) => Promise<void>): Promise<void> {
  return withProjection(body, { shards: SHARDS });
}

const startAll = ({ start }: ProjectionFixture) =>
  Array.from({ length: SHARDS }, (_, shard) => start({ shard }));

async function reached(projectors: readonly Projector[], parts: readonly Message[][]) {
  await eventually(
    () => projectors.every(({ position }, shard) => position === parts[shard]?.length),
    "both streams to be projected",
    20_000,
  );
}

/** What the projection of each shard tells under `name`. */
async function told({ metrics }: ProjectionFixture, name: string): Promise<number[]> {
  const { values = [] } = await metrics.registry.getSingleMetric(name)?.get() ?? {};
  return Array.from(
    { length: SHARDS },
    (_, shard) => values.find(({ labels }) => labels["shard"] === String(shard))?.value ?? 0,
  );
}

async function offsets({ sql }: ProjectionFixture): Promise<Record<string, number>> {
  const rows = await sql<{ stream: string; at: number }[]>`
    select stream, last_sequence::float8 as at from projection_streams order by stream`;
  return Object.fromEntries(rows.map(({ stream, at }) => [stream, at]));
}

/** The rows of `tables` that are about groups of `shard`. */
const rowsOf = ({ todos, groups, members, offsets }: Tables, shard: number) =>
  [...todos, ...groups, ...members, ...offsets]
    .filter(([key]) => shardOf(key.split("/", 1)[0] ?? "") === shard)
    .sort(([a], [b]) => a < b ? -1 : 1);

Deno.test("two streams are projected side by side, each with an offset of its own", () =>
  withShards(async (fixture) => {
    const { publish, start, sql, tables } = fixture;
    const { messages } = logOf(busy(4_000), 60);
    const parts = cut(messages);
    assert.ok(parts.every(({ length }) => length > 800));
    await publish(messages);
    const under = new Set<number>();
    let together = 0;
    const projectors = Array.from({ length: SHARDS }, (_, shard) => {
      const real = postgresStore(sql);
      return start({
        shard,
        limits: { maxMessages: 100 },
        store: {
          ...real,
          async apply(plan, options) {
            under.add(shard);
            if (under.size === SHARDS) together++;
            try {
              return await real.apply(plan, options);
            } finally {
              under.delete(shard);
            }
          },
        },
      });
    });
    await reached(projectors, parts);
    assert.ok(together > 5, `transactions were under way together ${together} times`);
    assert.deepEqual(await tables(), referenceTables(messages));
    const lengths = parts.map(({ length }) => length);
    assert.deepEqual(await offsets(fixture), { "EV-0": lengths[0], "EV-1": lengths[1] });
    const events = parts.map((part) => referenceTables(part).events.size);
    assert.deepEqual(await told(fixture, "tf_projection_events_total"), events);
    const rows = await sql<{ shard_id: number; count: number }[]>`
      select shard_id, count(*)::int as count from todo_events group by 1 order by 1`;
    assert.deepEqual(rows.map(({ count }) => count), events);
  }));

Deno.test("a lock in Postgres that holds one stream up lets the other one go on, and the lag says which", () =>
  withShards(async (fixture) => {
    const { publish, databaseUrl, tables } = fixture;
    const log = new LogBuilder();
    const todos = [here, there].map((group) => {
      const todo = newTodo(log, group);
      log.append(group, "todo.created", { todo });
      return { group, todo_id: todo.id };
    });
    await publish(log.messages);
    const projectors = startAll(fixture);
    await reached(projectors, cut(log.messages));
    const locker = connectPostgres(databaseUrl, { name: "locker", max: 1 });
    try {
      await locker.begin(async (transaction) => {
        await transaction`select 1 from todos where group_id = ${here} for update`;
        for (let i = 0; i < 300; i++) {
          const changes = { title: { from: "Buy milk", to: `Title ${i}` } };
          for (const { group, todo_id } of todos) {
            log.append(group, "todo.updated", { todo_id, changes });
          }
        }
        const [held = [], free = []] = cut(log.messages);
        const publishedAt = Date.now();
        await publish(log.messages.slice(2));
        await eventually(
          () => projectors[1]?.position === free.length,
          "the stream without a lock to be projected",
        );
        assert.equal(projectors[0]?.position, 1);
        assert.deepEqual(rowsOf(await tables(), 1), rowsOf(referenceTables(log.messages), 1));
        await eventually(async () => {
          const [seconds = 0, other] = await told(fixture, "tf_projection_lag_seconds");
          return seconds > 1 && other === 0;
        }, "the lag of the held stream to show");
        const [seconds = 0] = await told(fixture, "tf_projection_lag_seconds");
        assert.ok(seconds <= (Date.now() - publishedAt) / 1_000, `${seconds} s`);
        assert.deepEqual(await told(fixture, "tf_projection_lag_events"), [held.length - 1, 0]);
      });
    } finally {
      await locker.end({ timeout: 1 });
    }
    await reached(projectors, cut(log.messages));
    assert.deepEqual(await tables(), referenceTables(log.messages));
    await eventually(
      async () => (await told(fixture, "tf_projection_lag_seconds")).every((lag) => lag === 0),
      "the lag to be none",
    );
  }));

Deno.test("a message that Postgres refuses keeps its own stream back while it is tried again", () =>
  withShards(async (fixture) => {
    const { publish, sql } = fixture;
    await sql`alter table todos add constraint no_such_title check (data ->> 'title' <> 'Refused')`;
    const log = new LogBuilder();
    log.append(here, "todo.created", { todo: newTodo(log, here, { title: "Refused" }) });
    for (let i = 0; i < 50; i++) {
      log.append(here, "todo.created", { todo: newTodo(log, here) });
      log.append(there, "todo.created", { todo: newTodo(log, there) });
    }
    const [held = [], free = []] = cut(log.messages);
    const [first, second] = startAll(fixture);
    assert.ok(first && second);
    await publish(log.messages);
    await eventually(() => second.position === free.length, "the other stream to be projected");
    assert.equal(first.position, 0);
    await eventually(() => {
      assert.throws(() => first.check(), /EV-0: message 1 is refused/);
      return true;
    }, "the held stream to say why");
    second.check();
    await sql`alter table todos drop constraint no_such_title`;
    await eventually(() => first.position === held.length, "the held stream to go on", 20_000);
    assert.deepEqual(await told(fixture, "tf_poison_total"), [0, 0]);
    assert.deepEqual(await readTables(sql), referenceTables(log.messages));
  }));

Deno.test("a rebuild and a check are about both streams, under writes to both", () =>
  withShards(async (fixture) => {
    const { publish, tables, sql } = fixture;
    const { messages } = logOf(busy(3_000), 60);
    const half = messages.length >> 1;
    const projectors = startAll(fixture);
    await publish(messages.slice(0, half));
    await reached(projectors, cut(messages.slice(0, half)));
    // A row of each stream, which only the log of that stream can refute.
    await sql`update todo_events set shard_id = 1 - shard_id where event_id::text in (
      select min(event_id::text) from todo_events group by shard_id)`;
    const wrong = await checked(fixture);
    const suspects = new Set(wrong.first_differences.map(({ group }) => shardOf(group)));
    assert.deepEqual([wrong.equal, [...suspects].sort()], [false, [0, 1]]);
    const publishing = publish(messages.slice(half));
    const { skipped, duplicates } = await rebuilt(fixture);
    assert.deepEqual([skipped, duplicates], [0, 0]);
    await publishing;
    const parts = cut(messages);
    await reached(projectors, parts);
    assert.deepEqual(await tables(), referenceTables(messages));
    assert.deepEqual(
      await offsets(fixture),
      Object.fromEntries(parts.map(({ length }, shard) => [streamName("EV", shard), length])),
    );
    const right = await checked(fixture);
    assert.deepEqual([right.equal, right.messages], [true, messages.length]);
    assert.equal(right.log_checksum, right.tables_checksum);
  }));

Deno.test("a projection that starts announces what was written last, and not all of a longer stream", () =>
  withShards(async (fixture) => {
    const { publish, start, sql, connection } = fixture;
    const log = new LogBuilder();
    const ids = (prefix: string, shard: number) =>
      Array.from({ length: 900 }, (_, i) => `${prefix}-${i}`).filter((id) => shardOf(id) === shard);
    const many = ids("long", 0).slice(0, 300);
    const few = ids("short", 1).slice(0, 5);
    for (const group of [...many, ...few]) {
      log.append(group, "group.created", { name: "Home", columns: [] });
    }
    await publish(log.messages);
    const parts = cut(log.messages);
    const projectors = startAll(fixture);
    await reached(projectors, parts);
    for (const projector of projectors) await projector.stop();
    const announced = new Set<string>();
    const subscription = connection.subscribe("svc.projected.>", {
      callback: (_, { subject }) => void announced.add(subject),
    });
    await connection.flush();
    const again = start({ shard: 1 });
    await eventually(() => again.position === few.length, "the projection to have started");
    await sleep(100);
    subscription.unsubscribe();
    assert.ok(few.every((group) => announced.has(projectedSubject(group))));
    assert.ok(announced.size <= 2 * few.length, `${announced.size} groups were announced`);
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from group_projection_offsets`;
    assert.equal(row?.count, many.length + few.length);
  }));
