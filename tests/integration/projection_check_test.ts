/** Comparing the read model with the log: whatever is wrong is found, and nothing else. */
import assert from "node:assert/strict";
import type { Sql } from "../../actors/platform/mod.ts";
import type { Difference } from "../../actors/projection/mod.ts";
import { LogBuilder, logOf, newTodo } from "../../actors/projection/testing/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { checked, rebuilt } from "./_projection_jobs.ts";
import { withProjection } from "./_projection_fixture.ts";

/** A log in which every table of every group has rows. */
function sample(): LogBuilder {
  const log = new LogBuilder();
  for (const group of ["a", "b", "c"]) {
    log.append(group, "group.created", { name: "Home", columns: [] });
    log.append(group, "member.added", { user_id: "ana", role: "owner" });
    const todo = newTodo(log, group);
    log.append(group, "todo.created", { todo });
    const comment = { id: "c1", text: "Yes", author: "ana", created_at: log.now() };
    log.append(group, "comment.added", { todo_id: todo.id, comment });
    log.append(group, "todo.completed", {
      todo_id: todo.id,
      changes: { completed: { from: false, to: true } },
    });
  }
  return log;
}

/** Differences without their values, as lines. */
function lines(differences: readonly Difference[]): string[] {
  return differences.map(({ group, table, key, field, kind }) =>
    [group, table, key.replace(/^019a.*?(?=$|\/)/, "TODO"), field, kind].filter(Boolean).join(" ")
  ).sort();
}

interface Planted {
  readonly what: string;
  readonly plant: (sql: Sql) => PromiseLike<unknown>;
  readonly found: string[];
}

const PLANTED: readonly Planted[] = [
  {
    what: "a todo that is another",
    plant: (sql) =>
      sql`update todos set data = jsonb_set(data, '{title}', '"x"') where group_id = 'b'`,
    found: ["b todos TODO title different"],
  },
  {
    what: "a copy of a todo's time that is none",
    plant: (sql) => sql`update todos set updated_at = '2020-01-01' where group_id = 'b'`,
    found: ["b todos TODO column updated_at different"],
  },
  {
    what: "a todo that is gone",
    plant: (sql) => sql`delete from todos where group_id = 'b'`,
    found: ["b todos TODO missing"],
  },
  {
    what: "a todo that nobody made, in a group that nobody knows",
    plant: (sql) =>
      sql`insert into todos (group_id, todo_id, data, created_at, updated_at)
        select 'zz', todo_id, data, created_at, updated_at from todos where group_id = 'b'`,
    found: ["zz todos TODO unexplained"],
  },
  {
    what: "a comment that is another",
    plant: (sql) => sql`update todo_comments set text = 'No' where group_id = 'a'`,
    found: ["a todo_comments TODO/c1 text different"],
  },
  {
    what: "a group that is deleted",
    plant: (sql) => sql`update groups set deleted_at = now() where id = 'c'`,
    found: ["c groups deleted_at different"],
  },
  {
    what: "a member too many",
    plant: (sql) => sql`insert into group_members values ('c', 'eve', 'owner', now(), 2)`,
    found: ["c group_members eve unexplained"],
  },
  {
    what: "an event that is gone",
    plant: (sql) => sql`delete from todo_events where group_id = 'a' and version = 5`,
    found: ["a todo_events 5 missing"],
  },
  {
    what: "an event that says another thing",
    plant: (sql) =>
      sql`update todo_events set data = '{}', actor_user_id = 'eve' where group_id = 'a' and version = 5`,
    found: ["a todo_events 5 actor_user_id different", "a todo_events 5 data different"],
  },
  {
    what: "an event that never happened",
    plant: (sql) =>
      sql`insert into todo_events (event_id, command_id, group_id, version, actor_user_id, todo_id,
          event_type, data, shard_id, stream_sequence, occurred_at)
        select gen_random_uuid(), command_id, group_id, 6, actor_user_id, todo_id, event_type, data,
          shard_id, stream_sequence, occurred_at from todo_events where group_id = 'a' and version = 5`,
    found: ["a todo_events 6 unexplained"],
  },
  {
    what: "all events of a group gone",
    plant: (sql) => sql`delete from todo_events where group_id = 'a'`,
    found: [1, 2, 3, 4, 5].map((version) => `a todo_events ${version} missing`),
  },
  {
    what: "an offset that went back",
    plant: (sql) => sql`update group_projection_offsets set version = 4 where group_id = 'c'`,
    found: ["c group_projection_offsets version different"],
  },
  {
    what: "a stream that is another",
    plant: (sql) => sql`update projection_streams set epoch = 'another'`,
    found: ["projection_streams EV-0 epoch different"],
  },
];

Deno.test("each planted difference is found where it is, and nothing after a rebuild", () =>
  withProjection(async (fixture) => {
    const { start, publish, projected, sql } = fixture;
    const { messages } = sample();
    const projector = start();
    await publish(messages);
    await projected(messages.length);
    await projector.stop();
    const clean = await checked(fixture);
    assert.deepEqual(lines(clean.first_differences), []);
    assert.ok(clean.equal);
    assert.equal(clean.log_checksum, clean.tables_checksum);
    assert.deepEqual([clean.groups, clean.events], [3, messages.length]);
    assert.deepEqual([(await checked(fixture, "a")).groups, (await checked(fixture, "x")).groups], [
      1,
      0,
    ]);
    for (const { what, plant, found } of PLANTED) {
      await plant(sql);
      const { equal, first_differences, differences, ...sums } = await checked(fixture);
      assert.deepEqual(lines(first_differences), found, what);
      assert.deepEqual([equal, differences], [false, found.length], what);
      const isSummed = !what.includes("stream");
      assert.equal(sums.log_checksum !== sums.tables_checksum, isSummed, what);
      assert.equal(sums.log_checksum, clean.log_checksum, what);
      const [group = ""] = (found[0] ?? "").split(" ");
      if (group.length < 3) {
        assert.deepEqual(lines((await checked(fixture, group)).first_differences), found, what);
        assert.ok((await checked(fixture, group === "a" ? "b" : "a")).equal, what);
      }
      await rebuilt(fixture);
      assert.ok((await checked(fixture)).equal, what);
    }
  }));

Deno.test("a check while the log is written compares one moment", () =>
  withProjection(async (fixture) => {
    const { start, publish } = fixture;
    const { messages } = logOf(Array.from({ length: 4_000 }, (_, i) => (i * 7_919) % 100_003), 30);
    start({ limits: { maxMessages: 100 } });
    let isOver = false;
    const publishing = publish(messages).finally(() => isOver = true);
    let checks = 0;
    for (; !isOver || checks < 3; checks++) {
      const { first_differences } = await checked(fixture);
      assert.deepEqual(first_differences, []);
    }
    await publishing;
  }));

Deno.test("messages that nobody can read are told and are no differences", () =>
  withProjection(async (fixture) => {
    const { start, publish, projected } = fixture;
    const log = sample();
    log.raw(groupSubject("event", "a"), new TextEncoder().encode("garbage"));
    start();
    await publish(log.messages);
    await projected(log.messages.length);
    const { equal, unreadable, unreadable_examples } = await checked(fixture);
    assert.deepEqual([equal, unreadable], [true, 1]);
    assert.equal(unreadable_examples[0]?.sequence, log.messages.length);
  }));
