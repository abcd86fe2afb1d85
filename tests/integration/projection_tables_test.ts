/** The statements of the projection against the model of them, on the real Postgres. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeMessage, planBatch, postgresStore } from "../../actors/projection/mod.ts";
import {
  LogBuilder,
  logOf,
  newTodo,
  readTables,
  referenceTables,
} from "../../actors/projection/testing/mod.ts";
import { connectPostgres } from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { setting } from "../support/eventually.ts";

const identity = { stream: "EV-0", shard: 0, epoch: "2026-11-01T00:00:00Z" };

Deno.test("any batching of a log, with batches repeated and late, fills the tables with what its events say", async () => {
  await using database = await scratchDatabase(setting("TEST_DATABASE_URL"));
  const sql = connectPostgres(database.url, { name: "test", max: 1 });
  const store = postgresStore(sql);
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(100_000), { minLength: 40, maxLength: 150 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.nat(30),
        async (choices, lengths, back) => {
          await sql`truncate groups, group_members, todo_events, todos, todo_comments,
            group_projection_offsets, projection_streams`;
          const { messages } = logOf(choices);
          let position = await store.position(identity);
          for (let i = 0; position < messages.length; i++) {
            const upTo = Math.min(messages.length, position + (lengths[i % lengths.length] ?? 1));
            // Reaches back over what is projected already, as after a lost acknowledgement.
            const batch = messages.slice(Math.max(0, position - back), upTo);
            const plan = planBatch(batch.map(decodeMessage));
            await store.apply(plan, { identity, after: position, upTo });
            position = upTo;
            // An old batch that comes late is wholly behind what is projected.
            const old = planBatch(messages.slice(position >> 2, position >> 1).map(decodeMessage));
            await store.apply(old, { identity, after: position, upTo: position });
          }
          assert.deepEqual(await readTables(sql), referenceTables(messages));
        },
      ),
      { numRuns: 20, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    );
  } finally {
    await sql.end();
  }
});

Deno.test("the columns for listing repeat what the todo says", async () => {
  await using database = await scratchDatabase(setting("TEST_DATABASE_URL"));
  const sql = connectPostgres(database.url, { name: "test", max: 1 });
  try {
    const log = new LogBuilder();
    const todo = newTodo(log, "g", { title: "Buy milk", position: "a5" });
    log.append("g", "todo.created", { todo });
    const change = log.append("g", "todo.moved", {
      todo_id: todo.id,
      changes: { status: { from: "todo", to: "done" }, completed: { from: false, to: true } },
    }, { actor: "ben" });
    const store = postgresStore(sql);
    await store.position(identity);
    await store.apply(planBatch(log.messages.map(decodeMessage)), {
      identity,
      after: 0,
      upTo: 2,
    });
    const [row] = await sql`
      select number, title, status, position, completed, created_by, updated_by, version::int,
        created_at, updated_at, deleted_at from todos`;
    assert.deepEqual({ ...row }, {
      number: 1,
      title: "Buy milk",
      status: "done",
      position: "a5",
      completed: true,
      created_by: "ana",
      updated_by: "ben",
      version: 2,
      created_at: new Date(todo.created_at),
      updated_at: new Date(change.time),
      deleted_at: null,
    });
  } finally {
    await sql.end();
  }
});

Deno.test("the offset moves only from where this projector left it", async () => {
  await using database = await scratchDatabase(setting("TEST_DATABASE_URL"));
  const sql = connectPostgres(database.url, { name: "test", max: 1 });
  try {
    const { messages } = logOf([0, 0, 0, 0]);
    const plan = planBatch(messages.map(decodeMessage));
    const store = postgresStore(sql);
    await store.position(identity);
    await store.apply(plan, { identity, after: 0, upTo: 4 });
    const before = await readTables(sql);
    await assert.rejects(store.apply(plan, { identity, after: 0, upTo: 4 }), {
      code: "offset-moved",
    });
    assert.deepEqual(await readTables(sql), before);
    assert.equal(await store.position(identity), 4);
  } finally {
    await sql.end();
  }
});
