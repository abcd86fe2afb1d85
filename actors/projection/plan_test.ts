import assert from "node:assert/strict";
import fc from "fast-check";
import { hashOf } from "../protocol/routing/mod.ts";
import { decodeMessage } from "./_decode.ts";
import { partition, planBatch } from "./plan.ts";
import {
  applyPlan,
  emptyTables,
  LogBuilder,
  logOf,
  newTodo,
  referenceTables,
  type Tables,
} from "./testing/mod.ts";

const choices = fc.array(fc.nat(100_000), { maxLength: 120 });
const cuts = fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 20 });

/** Cuts `items` into runs whose lengths repeat `lengths`. */
function cut<T>(items: readonly T[], lengths: readonly number[]): T[][] {
  const parts: T[][] = [];
  for (let from = 0, i = 0; from < items.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    parts.push(items.slice(from, from + length));
    from += length;
  }
  return parts;
}

function sorted(tables: Tables) {
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]: [string, Map<string, unknown>]) =>
      [name, [...rows].sort(([a], [b]) => (a < b ? -1 : 1))] as const
    ),
  );
}

Deno.test("any batching of a log gives the tables that its events give one by one", () => {
  fc.assert(
    fc.property(choices, cuts, (choices, lengths) => {
      const { messages } = logOf(choices);
      const tables = emptyTables();
      for (const batch of cut(messages, lengths)) {
        applyPlan(tables, planBatch(batch.map(decodeMessage)));
      }
      assert.deepEqual(sorted(tables), sorted(referenceTables(messages)));
    }),
    { numRuns: 500 },
  );
});

Deno.test("batches that overlap what is projected already change nothing but what is new", () => {
  fc.assert(
    fc.property(choices, cuts, fc.nat(200), (choices, lengths, back) => {
      const { messages } = logOf(choices);
      const tables = emptyTables();
      let done = 0;
      for (const batch of cut(messages, lengths)) {
        const again = messages.slice(Math.max(0, done - back), done + batch.length);
        applyPlan(tables, planBatch(again.map(decodeMessage)));
        // An old batch that comes late is wholly behind the offsets.
        applyPlan(tables, planBatch(messages.slice(0, done >> 1).map(decodeMessage)));
        done += batch.length;
      }
      assert.deepEqual(sorted(tables), sorted(referenceTables(messages)));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a batch names every row once", () => {
  fc.assert(fc.property(choices, (choices) => {
    const plan = planBatch(logOf(choices).messages.map(decodeMessage));
    for (const rows of [plan.todos, plan.comments, plan.groups, plan.members]) {
      const keys = rows.map(({ key }) => JSON.stringify(key));
      assert.equal(new Set(keys).size, keys.length);
    }
    assert.equal(new Set(plan.offsets.map((row) => row.group_id)).size, plan.offsets.length);
  }));
});

Deno.test("a change whose new side is absent removes the field", () => {
  const log = new LogBuilder();
  const todo = newTodo(log, "g", { priority: 2, description: "Oat milk" });
  log.append("g", "todo.created", { todo });
  log.append("g", "todo.updated", { todo_id: todo.id, changes: { priority: { from: 2 } } });
  const [created, updated] = log.messages.map(decodeMessage);
  assert(created && updated);

  const [put] = partition(planBatch([created, updated]).todos).puts;
  assert.equal(Object.hasOwn(put?.row ?? {}, "priority"), false);
  assert.equal(put?.row["description"], "Oat milk");

  const [patch] = partition(planBatch([updated]).todos).patches;
  assert.deepEqual(patch?.unset, ["priority"]);
});

Deno.test("a field that is removed and set again in one batch is set", () => {
  const log = new LogBuilder();
  const todo_id = "t";
  log.append("g", "todo.updated", { todo_id, changes: { priority: { from: 2 } } });
  log.append("g", "todo.updated", { todo_id, changes: { priority: { to: 1 } } });
  const [patch] = partition(planBatch(log.messages.map(decodeMessage)).todos).patches;
  assert.deepEqual(patch?.unset, []);
  assert.equal(patch?.set["priority"], 1);
});

Deno.test("versions that do not follow each other within a batch are reported as gaps", () => {
  const log = new LogBuilder();
  log.append("g", "group.created", { name: "Home", columns: [] });
  log.group("g").version = 4;
  log.append("g", "group.deleted", {});
  const plan = planBatch(log.messages.map(decodeMessage));
  assert.deepEqual(plan.gaps, [{ kind: "version", group_id: "g", after: 1, found: 5 }]);
  assert.deepEqual(plan.offsets, [{
    group_id: "g",
    first_version: 1,
    version: 5,
    stream_sequence: 2,
    previous_hash: "",
    message_hash: hashOf(log.messages[1]?.data ?? new Uint8Array()),
  }]);
});

Deno.test("a commit that names other bytes before it than are there is reported, wherever the byte is", () => {
  const log = new LogBuilder();
  log.append("g", "group.created", { name: "Home", columns: [] });
  log.append("g", "group.deleted", {});
  log.append("g", "group.restored", {});
  assert.deepEqual(planBatch(log.messages.map(decodeMessage)).gaps, []);
  const [first, second, third] = log.messages;
  assert.ok(first && second && third);
  const text = new TextDecoder().decode(second.data);
  const data = new TextEncoder().encode(text.replace('"authid":"ana"', '"authid":"eve"'));
  const changed = planBatch([first, { ...second, data }, third].map(decodeMessage));
  assert.deepEqual(changed.gaps, [{ kind: "prevhash", group_id: "g", after: 2, found: 3 }]);
  const unlinked = planBatch([first, { ...second, previousHash: "" }, third].map(decodeMessage));
  assert.deepEqual(unlinked.gaps, [{ kind: "prevhash", group_id: "g", after: 1, found: 2 }]);
});

Deno.test("an event of an unknown type is kept and moves the version, and changes no row", () => {
  const log = new LogBuilder();
  const event = log.event("g", "group.deleted", {});
  log.commit("g", [{ ...event, type: "com.todo1m.group.archived" } as unknown as typeof event]);
  const plan = planBatch(log.messages.map(decodeMessage));
  assert.equal(plan.events[0]?.event_type, "group.archived");
  assert.equal(plan.offsets[0]?.version, 1);
  assert.deepEqual([plan.todos, plan.groups, plan.members, plan.comments].flat(), []);
});
