/** Rebuilding the whole read model while it is written and read. */
import assert from "node:assert/strict";
import { connectPostgres, pause, type Sql } from "../../actors/platform/mod.ts";
import type { RebuildPoint } from "../../actors/projection/mod.ts";
import {
  LogBuilder,
  logOf,
  newTodo,
  referenceTables,
} from "../../actors/projection/testing/mod.ts";
import { eventually } from "../support/eventually.ts";
import { checked, doJob, rebuilt } from "./_projection_jobs.ts";
import { type ProjectionFixture, withProjection } from "./_projection_fixture.ts";

/** Choices that make a busy log, the same in every run. */
const busy = (length: number) => Array.from({ length }, (_, i) => (i * 7_919) % 100_003);

/** How every table is defined, as its functions tell. */
async function definition(sql: Sql): Promise<string[]> {
  const rows = await sql<{ fact: string }[]>`
    select fact from projection_definition('public') as fact order by 1`;
  return rows.map(({ fact }) => fact);
}

/** Plants one wrong row of each kind. */
async function plant(sql: Sql): Promise<void> {
  await sql`update todos set data = jsonb_set(data, '{title}', '"planted"')`;
  await sql`delete from group_members`;
  await sql`insert into groups (id, name, created_by, created_at, version)
    values ('nobody', 'Planted', 'ana', now(), 1)`;
}

Deno.test("a rebuild under writes ends with what the log says, and the projector goes on", () =>
  withProjection(async (fixture) => {
    const { start, publish, projected, tables, sql } = fixture;
    const { messages } = logOf(busy(6_000), 20);
    const third = Math.floor(messages.length / 3);
    start();
    await publish(messages.slice(0, third));
    await projected(third);
    await plant(sql);
    const before = await definition(sql);
    const publishing = publish(messages.slice(third, 2 * third));
    const { skipped, duplicates, events } = await rebuilt(fixture);
    assert.deepEqual([skipped, duplicates], [0, 0]);
    assert.ok(events >= third, `${events} events`);
    await publishing;
    await projected(2 * third);
    assert.deepEqual(await tables(), referenceTables(messages.slice(0, 2 * third)));
    await publish(messages.slice(2 * third));
    await projected(messages.length);
    assert.deepEqual(await tables(), referenceTables(messages));
    assert.deepEqual(await definition(sql), before, "tables are defined as they were");
    const leftovers = await sql`select 1 from pg_tables where schemaname like 'projection\\_%'`;
    assert.equal(leftovers.length, 0);
  }));

Deno.test("readers see every version once and whole while the tables are swapped under them", () =>
  withProjection(async (fixture) => {
    const { start, publish, projected, databaseUrl } = fixture;
    const log = new LogBuilder();
    for (let i = 0; i < 3_000; i++) {
      log.append("g", "todo.created", { todo: newTodo(log, "g", { number: i + 1 }) });
    }
    const { messages } = log;
    start({ limits: { maxMessages: 50, lingerMs: 5, awaitedLingerMs: 1 } });
    await publish(messages.slice(0, 1_000));
    await projected(1_000);
    const sql = connectPostgres(databaseUrl, { name: "reader", max: 4 });
    let isOver = false;
    let reads = 0;
    const read = async () => {
      let last = 0;
      while (!isOver) {
        const [row] = await sql<{ version: number; events: number; todos: number }[]>`
          select version::int, (select count(*)::int from todo_events) as events,
            (select count(*)::int from todos) as todos
          from group_projection_offsets`;
        assert.ok(row && row.version >= last, `version ${row?.version} after ${last}`);
        assert.deepEqual([row.events, row.todos], [row.version, row.version]);
        last = row.version;
        reads++;
      }
    };
    try {
      const reading = Promise.all([read(), read(), read(), read()]);
      const publishing = publish(messages.slice(1_000));
      const { swap_ms } = await rebuilt(fixture);
      await rebuilt(fixture);
      await publishing;
      await projected(3_000);
      isOver = true;
      await reading;
      assert.ok(reads > 100, `${reads} reads`);
      assert.ok(swap_ms < 2_000, `readers waited for ${swap_ms} ms`);
    } finally {
      isOver = true;
      await sql.end({ timeout: 1 });
    }
  }));

/** Runs a rebuild in a process that kills itself at `point`. */
async function killedAt(fixture: ProjectionFixture, point: RebuildPoint): Promise<void> {
  const { signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--frozen", "tests/integration/_killed_rebuild.ts", point],
    env: { NATS_URL: fixture.natsUrl, DATABASE_URL: fixture.databaseUrl },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  assert.equal(signal, "SIGKILL", `killed at ${point}`);
}

Deno.test("a rebuild that is killed leaves the live tables right, wherever, and can be started again", () =>
  withProjection(async (fixture) => {
    const { start, publish, projected, tables, sql } = fixture;
    const points: RebuildPoint[] = [
      "created",
      "loaded",
      "indexed",
      "before-swap",
      "in-swap",
      "after-swap",
    ];
    const { messages } = logOf(busy(3_000), 10);
    const part = Math.floor(messages.length / (points.length + 1));
    start();
    for (const [i, point] of points.entries()) {
      await publish(messages.slice(i * part, (i + 1) * part));
      await projected((i + 1) * part);
      const expected = referenceTables(messages.slice(0, (i + 1) * part));
      await killedAt(fixture, point);
      assert.deepEqual(await tables(), expected, point);
    }
    await publish(messages.slice(points.length * part));
    await rebuilt(fixture);
    await projected(messages.length);
    assert.deepEqual(await tables(), referenceTables(messages));
    const jobs = await sql<
      { state: string }[]
    >`select state from projection_jobs order by requested_at`;
    assert.deepEqual(jobs.map(({ state }) => state), [...points.map(() => "failed"), "done"]);
  }));

Deno.test("a shadow follows the live tables, whatever migrations have made of them; one that comes in between ends the rebuild", () =>
  withProjection(async (fixture) => {
    const { start, publish, projected, tables, sql } = fixture;
    const { messages } = logOf(busy(600));
    start();
    await publish(messages);
    await projected(messages.length);
    await sql`alter table todos add column words tsvector
      generated always as (to_tsvector('simple', coalesce(data ->> 'title', ''))) stored`;
    await sql`create index todos_words on todos using gin (words)`;
    await sql`create index todo_events_actor on todo_events (group_id, actor_user_id, version)`;
    await sql`alter table todo_comments add constraint text_is_short check (length(text) < 100000)`;
    await sql`alter table todos set (autovacuum_vacuum_scale_factor = 0.05)`;
    const before = await definition(sql);
    assert.ok(before.some((fact) => fact.includes("todos_words")));
    await rebuilt(fixture);
    assert.deepEqual(await definition(sql), before);
    const found = await sql`select 1 from todos where words @@ 'changed'::tsquery limit 1`;
    assert.equal(found.length, 1);

    const { state, error } = await doJob(fixture, "rebuild", {
      atPoint: async (point) => {
        if (point === "loaded") await sql`alter table groups add column icon text`;
      },
    });
    assert.equal(state, "failed");
    assert.match(error ?? "", /not defined as they were .*icon/);
    assert.deepEqual(await tables(), referenceTables(messages));
    await rebuilt(fixture);
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("what a copy would lack is refused before anything is done", () =>
  withProjection(async (fixture) => {
    const { sql } = fixture;
    await sql`create view open_todos as select * from todos where not completed`;
    const { state, error } = await doJob(fixture, "rebuild");
    assert.equal(state, "failed");
    assert.match(error ?? "", /cannot be copied: rule or view public.open_todos$/);
  }));

Deno.test("a slow reader holds up the swap, and other readers for no longer than an attempt", () =>
  withProjection(async (fixture) => {
    const { publish, start, projected, tables, databaseUrl } = fixture;
    const { messages } = logOf(busy(500));
    start();
    await publish(messages);
    await projected(messages.length);
    const slow = connectPostgres(databaseUrl, { name: "slow", session: true });
    const quick = connectPostgres(databaseUrl, { name: "quick", max: 1 });
    const done = Promise.withResolvers<void>();
    try {
      let isHeld = false;
      const holding = slow.begin(async (transaction) => {
        await transaction`select count(*) from todos`;
        isHeld = true;
        await done.promise;
      });
      await eventually(() => isHeld, "the slow reader to read");
      let isOver = false;
      const rebuilding = rebuilt(fixture).finally(() => isOver = true);
      const releaseAt = performance.now() + 2_500;
      let longestMs = 0;
      while (!isOver) {
        const startedAt = performance.now();
        await quick`select count(*) from todos`;
        longestMs = Math.max(longestMs, performance.now() - startedAt);
        if (startedAt > releaseAt) done.resolve();
        await pause(5);
      }
      await Promise.all([rebuilding, holding]);
      assert.ok(longestMs < 1_000, `a reader waited for ${longestMs} ms`);
      assert.deepEqual(await tables(), referenceTables(messages));
    } finally {
      done.resolve();
      await Promise.all([slow.end({ timeout: 1 }), quick.end({ timeout: 1 })]);
    }
  }));

Deno.test("a process that stands still in the middle of the swap stops readers for seconds, and then it is as if it had never begun", () =>
  withProjection(async (fixture) => {
    const { publish, start, projected, tables } = fixture;
    const { messages } = logOf(busy(200));
    start();
    await publish(messages);
    await projected(messages.length);
    const { state } = await doJob(fixture, "rebuild", {
      atPoint: async (point) => {
        if (point !== "in-swap") return;
        const startedAt = performance.now();
        assert.deepEqual(await tables(), referenceTables(messages), "readers wait, and go on");
        assert.ok(performance.now() - startedAt < 4_500);
      },
    });
    assert.equal(state, "failed");
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("one job at a time; one that is cancelled changes nothing", () =>
  withProjection(async (fixture) => {
    const { publish, start, projected, tables, sql } = fixture;
    const { messages } = logOf(busy(500));
    start();
    await publish(messages);
    await projected(messages.length);
    const { state } = await doJob(fixture, "rebuild", {
      atPoint: async (point) => {
        if (point !== "loaded") return;
        await assert.rejects(doJob(fixture, "check"), /no other job is being done/);
        await assert.rejects(
          sql`insert into projection_jobs (id, kind, state) values
            (${crypto.randomUUID()}, 'check', 'requested')`,
          /projection_jobs_active/,
        );
        await sql`update projection_jobs set cancel_requested = true where state = 'running'`;
        await pause(2_500);
      },
    });
    assert.equal(state, "cancelled");
    assert.deepEqual(await tables(), referenceTables(messages));
    assert.ok((await checked(fixture)).equal);
  }));

Deno.test("tables that were filled from a stream that is gone are rebuilt from the one there is", () =>
  withProjection(async (fixture) => {
    const { publish, start, projected, tables, sql } = fixture;
    const { messages } = logOf(busy(300));
    await publish(messages);
    await sql`insert into projection_streams (stream, epoch, last_sequence)
      values ('EV-0', '2020-01-01T00:00:00Z', 100000)`;
    await plant(sql);
    await rebuilt(fixture);
    assert.deepEqual(await tables(), referenceTables(messages));
    start();
    await projected(messages.length);
  }));

Deno.test("messages that cannot be projected are left out and told", () =>
  withProjection(async (fixture) => {
    const { publish, tables } = fixture;
    const log = new LogBuilder();
    log.append("a", "group.created", { name: "Home", columns: [] });
    const subject = log.messages[0]?.subject ?? "";
    log.raw(subject, new TextEncoder().encode("garbage"));
    log.append("b", "todo.created", { todo: newTodo(log, "b", { title: "a\0b" }) });
    log.append("a", "group.deleted", {});
    const good = log.messages.filter((_, i) => i !== 1 && i !== 2);
    const [first] = log.messages;
    assert.ok(first);
    await publish([...log.messages, first]);
    const { skipped, skipped_examples } = await rebuilt(fixture);
    assert.equal(skipped, 2);
    assert.deepEqual(skipped_examples.map(({ sequence }) => sequence), [2, 3]);
    const { events, offsets } = await tables();
    assert.deepEqual([events.size, offsets.get("a")], [referenceTables(good).events.size, 2]);
  }));

Deno.test("a message that the log holds twice takes effect once, near or far", () =>
  withProjection(async (fixture) => {
    const { publish, start, projected, tables } = fixture;
    const log = logOf(busy(12_000), 5);
    log.append("lonely", "group.created", { name: "Home", columns: [] });
    const { messages } = log;
    const [first, last] = [messages[0], messages.at(-1)];
    // So many that the second one is in another batch.
    assert.ok(first && last && messages.length > 8_000);
    const twice = [last, first, ...messages];
    await publish(twice);
    const { duplicates } = await rebuilt(fixture);
    assert.equal(duplicates, 1);
    assert.deepEqual(await tables(), referenceTables(messages));
    start();
    await projected(twice.length);
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("the projector's role is enough to rebuild and to check, and gets no other right by it", () =>
  withProjection(async (fixture) => {
    const { publish, sql, tables, databaseUrl } = fixture;
    const { messages } = logOf(busy(300));
    await publish(messages);
    const login = `login_${crypto.randomUUID().slice(0, 8)}`;
    await sql.unsafe(`create role ${login} login password 'secret' in role todo1m_projector`);
    const url = new URL(databaseUrl);
    url.username = login;
    url.password = "secret";
    try {
      const own = { ...fixture, databaseUrl: url.href };
      await rebuilt(own);
      await rebuilt(own);
      assert.deepEqual(await tables(), referenceTables(messages));
      assert.ok((await checked(own)).equal);
      const as = connectPostgres(url.href, { name: "test", max: 1 });
      await assert.rejects(as`drop table public.todos`, /must be owner/);
      await assert.rejects(as`create table projection_shadow.x ()`, /permission denied/);
      await assert.rejects(as`select * from users`, /permission denied/);
      await as.end();
    } finally {
      await sql.unsafe(`drop role ${login}`);
    }
  }));
