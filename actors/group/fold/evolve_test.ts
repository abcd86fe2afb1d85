import assert from "node:assert/strict";
import { type GroupEvent, RESTORABLE_TODOS_PER_GROUP, type Todo } from "../../protocol/mod.ts";
import {
  emptyGroup,
  evolve,
  findDeletedTodo,
  fromSnapshot,
  ledgerEntry,
  publicSnapshot,
  readableSince,
  toSnapshot,
} from "./mod.ts";

/** An event with the envelope a log has; `over` replaces parts of it. */
function event(version: number, type: string, data: unknown): GroupEvent {
  return {
    specversion: "1.0",
    id: `e${version}`,
    type: `com.todo1m.${type}`,
    time: "2026-03-02T09:00:00.000Z",
    sequence: String(version).padStart(10, "0"),
    partitionkey: "g",
    causationid: `c${version}`,
    authid: "ana",
    commandhash: "h",
    ...(data === undefined ? {} : { data }),
  } as unknown as GroupEvent;
}

const CREATED = event(1, "group.created", { name: "G", columns: [{ id: "todo", title: "To do" }] });

function todo(id: string, number: number): Todo {
  return {
    id,
    number,
    title: id,
    status: "todo",
    completed: false,
    position: "a0",
    created_by: "ana",
    created_at: "2026-03-02T09:00:00.000Z",
    updated_by: "ana",
    updated_at: "2026-03-02T09:00:00.000Z",
    version: number,
  };
}

Deno.test("an event of an unknown type moves the version and the ledger on and nothing else", () => {
  const before = evolve(emptyGroup("g"), CREATED);
  for (const data of [undefined, null, {}, { todo_id: "a", changes: {} }]) {
    const after = evolve(before, event(2, "todo.teleported", data));
    assert.deepEqual(publicSnapshot(after), { ...publicSnapshot(before), version: 2 });
    assert.equal(ledgerEntry(after.ledger, "c2")?.version, 2);
  }
});

Deno.test("events about what is not there are passed over", () => {
  const before = evolve(emptyGroup("g"), CREATED);
  const events = [
    event(2, "todo.updated", { todo_id: "a", changes: { title: { from: "x", to: "y" } } }),
    event(2, "todo.deleted", { todo: todo("a", 1) }),
    event(2, "comment.edited", {
      todo_id: "a",
      comment_id: "k",
      changes: { text: {}, edited_at: {} },
    }),
    event(2, "comment.deleted", { todo_id: "a", comment: { id: "k" } }),
    event(2, "member.removed", { user_id: "zoe", role: "member" }),
    event(2, "member.role_changed", { user_id: "zoe", from: "member", to: "admin" }),
    event(2, "group.restored", { undoes: "never heard of" }),
  ];
  for (const strange of events) {
    const after = evolve(before, strange);
    assert.deepEqual(publicSnapshot(after), { ...publicSnapshot(before), version: 2 });
    assert.equal(after.open_todos, 0);
  }
});

Deno.test("the newest deleted todos can be restored, older ones are let go", () => {
  let state = evolve(emptyGroup("g"), CREATED);
  let version = 1;
  const count = RESTORABLE_TODOS_PER_GROUP + 3;
  for (let n = 1; n <= count; n++) {
    state = evolve(state, event(++version, "todo.created", { todo: todo(`t${n}`, n) }));
    state = evolve(state, event(++version, "todo.deleted", { todo: todo(`t${n}`, n) }));
  }
  assert.equal(state.deleted_todos.size, RESTORABLE_TODOS_PER_GROUP);
  assert.equal(findDeletedTodo(state, "t3"), undefined);
  assert.ok(findDeletedTodo(state, "t4"));
  assert.ok(findDeletedTodo(state, `t${count}`));
});

Deno.test("events of one command share one entry of the ledger", () => {
  let state = evolve(emptyGroup("g"), CREATED);
  const second = {
    ...event(2, "member.added", { user_id: "ana", role: "owner" }),
    causationid: "c1",
  };
  state = evolve(state, second as GroupEvent);
  const entry = ledgerEntry(state.ledger, "c1");
  assert.deepEqual([entry?.first_version, entry?.version, entry?.caller], [1, 2, "ana"]);
  assert.equal(state.ledger.entries.size, 1);
});

Deno.test("a member can read from when they were let in last, or the group was restored, also in a saved state", () => {
  const steps: readonly [type: string, data: object, ana: number, zoe: number][] = [
    ["group.created", CREATED.data, Infinity, Infinity],
    ["member.added", { user_id: "ana", role: "owner" }, 2, Infinity],
    ["member.added", { user_id: "zoe", role: "member" }, 2, 3],
    ["member.role_changed", { user_id: "zoe", from: "member", to: "admin" }, 2, 3],
    ["member.removed", { user_id: "zoe", role: "admin" }, 2, Infinity],
    ["todo.created", { todo: todo("a", 1) }, 2, Infinity],
    ["member.added", { user_id: "zoe", role: "member", joined_at: "2026-01-01" }, 2, 7],
    ["group.deleted", {}, 2, 7],
    ["group.restored", { undoes: "c8" }, 9, 9],
    ["member.added", { user_id: "ben", role: "member" }, 9, 9],
  ];
  let state = emptyGroup("g");
  for (const [index, [type, data, ana, zoe]] of steps.entries()) {
    state = evolve(state, event(index + 1, type, data));
    for (const known of [state, fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(state))))]) {
      assert.deepEqual([readableSince(known, "ana"), readableSince(known, "zoe")], [ana, zoe]);
    }
  }
  assert.equal(readableSince(state, "ben"), 10);
});
