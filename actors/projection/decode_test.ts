import assert from "node:assert/strict";
import { encodeCommit, encodeEvent } from "../protocol/mod.ts";
import { decodeMessage } from "./_decode.ts";
import { LogBuilder, newTodo } from "./testing/mod.ts";

function sample() {
  const log = new LogBuilder();
  const todo = newTodo(log, "g");
  const event = log.append("g", "todo.created", { todo });
  const [message] = log.messages;
  assert(message);
  return { log, todo, event, message };
}

Deno.test("a row of todo_events says who did what to which todo, and when", () => {
  const { event, message, todo } = sample();
  assert.deepEqual(decodeMessage(message).events, [{
    event_id: event.id,
    command_id: event.causationid,
    group_id: "g",
    version: 1,
    actor_user_id: "ana",
    todo_id: todo.id,
    event_type: "todo.created",
    data: { todo },
    occurred_at: event.time,
  }]);
});

Deno.test("a todo's comments are rows of their own", () => {
  const log = new LogBuilder();
  const comment = { id: "c", text: "Yes", author: "ben", created_at: log.now() };
  const todo = newTodo(log, "g", { comments: [comment] });
  log.append("g", "todo.restored", { todo });
  const [message] = log.messages;
  assert(message);
  const { changes } = decodeMessage(message);
  assert.deepEqual(changes.map(({ table, id }) => [table, id]), [
    ["todos", todo.id],
    ["todo_comments", "c"],
  ]);
  assert(changes[0]?.op.kind === "put" && !Object.hasOwn(changes[0].op.row, "comments"));
});

Deno.test.each([
  { flaw: "an id that is no UUID", change: { id: "1" } },
  { flaw: "a command id that is no UUID", change: { causationid: "" } },
  { flaw: "another group's key", change: { partitionkey: "other" } },
  { flaw: "a sequence that is no number", change: { sequence: "one" } },
  { flaw: "the sequence 0", change: { sequence: "0" } },
  { flaw: "a time that does not exist", change: { time: "yesterday" } },
  { flaw: "no data", change: { data: null } },
  { flaw: "a todo event without its todo", change: { data: {} } },
])("an event with $flaw is refused", ({ change }) => {
  const { event, message } = sample();
  const data = encodeCommit([encodeEvent({ ...event, ...change } as typeof event)]);
  assert.throws(() => decodeMessage({ ...message, data }), TypeError);
});

Deno.test("a message outside the subject grammar is refused", () => {
  const { message } = sample();
  for (const subject of ["app.event.1.group.g", "app.event.1.board.g", "app.event.x"]) {
    assert.throws(() => decodeMessage({ ...message, subject }), /is no group's subject/);
  }
});

Deno.test("a message without events is refused", () => {
  const { message } = sample();
  assert.throws(() => decodeMessage({ ...message, data: encodeCommit([]) }), /no events/);
});
