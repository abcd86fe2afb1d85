import assert from "node:assert/strict";
import { type Reminder, SYSTEM_ACTOR } from "../protocol/mod.ts";
import { type Scenario, team, typesOf } from "./_scenario.ts";
import { armedTimers, decide, type GroupState } from "./mod.ts";

const AT = "2026-03-05T08:00:00.000Z";
const LATER = "2026-03-06T08:00:00.000Z";
const FIRE = { todo_id: "t", reminder_id: "r", at: AT };

/** The team with a todo "t" of mia's that has these reminders and is due on 5 March, 9:00 in Berlin. */
function withReminders(reminders: readonly Reminder[] = [{ id: "r", at: AT }]): Scenario {
  const group = team();
  group.ok("mia", "todo.create", {
    todo_id: "t",
    title: "Water",
    due: { date: "2026-03-05", time: "09:00", tz: "Europe/Berlin" },
    reminders: [...reminders],
  });
  return group;
}

/** The timer fires, with the effect that it has none. */
function firesInVain(group: Scenario, payload = FIRE): void {
  const { state } = group;
  assert.deepEqual(group.decide(SYSTEM_ACTOR, "reminder.fire", payload), { kind: "ignored" });
  assert.equal(group.state, state);
}

/** When which reminders are to fire. */
function armed(state: GroupState, todoId: string) {
  return armedTimers(state, todoId).map(({ name, at }) => ({ name, at }));
}

Deno.test("a reminder that comes due is an event of the platform's, and the todo says that it fired", () => {
  const group = withReminders();
  const before = group.todo("t").version;
  const [event] = group.ok(SYSTEM_ACTOR, "reminder.fire", FIRE);
  assert.equal(event?.type, "com.todo1m.reminder.fired");
  assert.equal(event.authid, "system");
  assert.equal(event.subject, "todos/t");
  assert.deepEqual(event.data, {
    ...FIRE,
    changes: { fired_reminders: { to: [{ id: "r", at: AT }] } },
  });
  assert.deepEqual(group.todo("t").fired_reminders, [{ id: "r", at: AT }]);
  assert.ok(group.todo("t").version > before);
  assert.deepEqual(armedTimers(group.state, "t"), []);
});

Deno.test("a reminder before the due date fires at the instant that due date, time and zone amount to", () => {
  const group = withReminders([{ id: "r", before_due_minutes: 60 }]);
  assert.deepEqual(armed(group.state, "t"), [{
    name: "r",
    at: "2026-03-05T07:00:00.000Z",
  }]);
  firesInVain(group);
  group.ok(SYSTEM_ACTOR, "reminder.fire", { ...FIRE, at: "2026-03-05T07:00:00.000Z" });
});

Deno.test("a timer that fires twice has one effect, under the same id or another", () => {
  const group = withReminders();
  const id = group.nextId();
  group.ok(SYSTEM_ACTOR, "reminder.fire", FIRE, { id });
  for (const again of [id, group.nextId()]) {
    const { state } = group;
    const decision = group.decide(SYSTEM_ACTOR, "reminder.fire", FIRE, { id: again });
    assert.deepEqual(decision, { kind: "ignored" });
    assert.equal(group.state, state);
  }
});

Deno.test("a timer whose todo is completed, deleted or unknown has no effect", () => {
  const completed = withReminders();
  completed.ok("mia", "todo.complete", { todo_id: "t" });
  firesInVain(completed);
  const deleted = withReminders();
  deleted.ok("mia", "todo.delete", { todo_id: "t" });
  firesInVain(deleted);
  firesInVain(withReminders(), { ...FIRE, todo_id: "unknown" });
  const gone = withReminders();
  gone.ok("ana", "group.delete", {});
  firesInVain(gone);
});

Deno.test("a timer whose reminder was changed or removed has no effect", () => {
  const moved = withReminders();
  moved.ok("mia", "todo.update", { todo_id: "t", reminders: [{ id: "r", at: LATER }] });
  firesInVain(moved);
  const removed = withReminders();
  removed.ok("mia", "todo.update", { todo_id: "t", reminders: null });
  firesInVain(removed);
  const other = withReminders([{ id: "r", before_due_minutes: 0 }]);
  other.ok("mia", "todo.update", { todo_id: "t", due: { date: "2026-04-01" } });
  firesInVain(other);
  assert.deepEqual(armed(other.state, "t"), [{
    name: "r",
    at: "2026-04-01T00:00:00.000Z",
  }]);
});

Deno.test("a reminder that has fired fires again when it is set for another instant, and only then", () => {
  const group = withReminders();
  group.ok(SYSTEM_ACTOR, "reminder.fire", FIRE);
  group.ok("mia", "todo.update", {
    todo_id: "t",
    title: "Water!",
    reminders: [{ id: "r", at: AT }],
  });
  assert.deepEqual(armedTimers(group.state, "t"), []);
  group.ok("mia", "todo.update", { todo_id: "t", reminders: [{ id: "r", at: LATER }] });
  assert.deepEqual(armed(group.state, "t"), [{
    name: "r",
    at: LATER,
  }]);
  group.ok(SYSTEM_ACTOR, "reminder.fire", { ...FIRE, at: LATER });
  assert.deepEqual(group.todo("t").fired_reminders, [{ id: "r", at: LATER }]);
});

Deno.test("what has fired is kept only of reminders that the todo still has", () => {
  const group = withReminders([{ id: "r", at: AT }, { id: "s", at: LATER }]);
  group.ok(SYSTEM_ACTOR, "reminder.fire", FIRE);
  group.ok("mia", "todo.update", { todo_id: "t", reminders: [{ id: "s", at: LATER }] });
  group.ok(SYSTEM_ACTOR, "reminder.fire", { ...FIRE, reminder_id: "s", at: LATER });
  assert.deepEqual(group.todo("t").fired_reminders, [{ id: "s", at: LATER }]);
});

Deno.test("the next occurrence of a recurring todo is reminded anew before its own due date", () => {
  const group = withReminders([{ id: "r", before_due_minutes: 60 }, { id: "s", at: LATER }]);
  group.ok("mia", "todo.update", {
    todo_id: "t",
    recurrence: { rule: "FREQ=MONTHLY", anchor: "schedule" },
  });
  group.ok(SYSTEM_ACTOR, "reminder.fire", { ...FIRE, at: "2026-03-05T07:00:00.000Z" });
  const [, created] = group.ok("mia", "todo.complete", { todo_id: "t" });
  assert.equal(created?.type, "com.todo1m.todo.created");
  assert.equal(created.data.todo.fired_reminders, undefined);
  // An hour before nine in Berlin, where summer time has begun.
  assert.deepEqual(armed(group.state, created.data.todo.id), [{
    name: "r",
    at: "2026-04-05T06:00:00.000Z",
  }]);
});

Deno.test("nobody but the platform fires a reminder, members and owners included", () => {
  const group = withReminders();
  for (const actor of ["ana", "mia", "zoe", ""]) {
    group.refused("forbidden", actor, "reminder.fire", FIRE);
  }
  const disguised = { type: "reminder.fire", payload: FIRE } as never;
  assert.throws(() => group.decide("ana", "batch", { commands: [disguised] }), /reminder.fire/);
  assert.equal(group.todo("t").fired_reminders, undefined);
});

Deno.test("a timer that comes so late that its id is long forgotten still fires", () => {
  const group = withReminders([{ id: "r", at: "2020-01-01T00:00:00Z" }]);
  const state = { ...group.state, ledger: { ...group.state.ledger, let_go_ms: group.nowMs } };
  const decision = decide(state, {
    command_id: "016f5e66-e800-7000-8000-000000000000",
    group_id: "g",
    actor: SYSTEM_ACTOR,
    type: "reminder.fire",
    payload: { ...FIRE, at: "2020-01-01T00:00:00.000Z" },
  }, { nowMs: group.nowMs, hash: "h" });
  assert.equal(decision.kind, "accepted");
});

Deno.test("what a reminder has told cannot be taken back, but stands in the way of no other undo", () => {
  const group = withReminders();
  const set = group.nextId();
  group.ok("mia", "todo.update", { todo_id: "t", reminders: [{ id: "r", at: LATER }] }, {
    id: set,
  });
  const fired = group.nextId();
  group.ok(SYSTEM_ACTOR, "reminder.fire", { ...FIRE, at: LATER }, { id: fired });
  group.refused("undo-conflict", "ana", "undo", { command_id: fired });
  assert.deepEqual(typesOf(group.ok("mia", "undo", { command_id: set })), ["todo.updated"]);
  assert.deepEqual(armed(group.state, "t"), [{
    name: "r",
    at: AT,
  }]);
});
