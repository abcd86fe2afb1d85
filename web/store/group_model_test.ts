import assert from "node:assert/strict";
import fc from "fast-check";
import { type GroupState, publicSnapshot } from "../../actors/group/fold/mod.ts";
import type { GroupEvent } from "../../actors/protocol/plain/mod.ts";
import {
  discard,
  EMPTY_MODEL,
  enqueue,
  type GroupModel,
  markCommitted,
  markRejected,
  markWaiting,
  receiveEvents,
  receiveSnapshot,
  rowsOf,
} from "./group_model.ts";
import type { Pending, TodoCommand } from "./pending.ts";
import { event, history, ME, OTHER, start } from "./_testing.ts";

function pending(commandId: string, command: TodoCommand): Pending {
  return {
    ...command,
    command_id: commandId,
    group_id: "g",
    actor: ME,
    at: "2026-03-02T10:00:00.000Z",
    progress: { state: "sending" },
  };
}

function titles(model: GroupModel): string[] {
  return rowsOf(model).map((row) => row.title);
}

function connected(): GroupModel {
  return receiveSnapshot(EMPTY_MODEL, publicSnapshot(start()));
}

const create = (id: string, title: string): TodoCommand => ({
  type: "todo.create",
  payload: { todo_id: id, title },
});

Deno.test("a new todo is shown at once, above the ones that are in the log", () => {
  const model = receiveEvents(connected(), [event(2, "c0", { create: ["t0", "old"] })]).model;
  assert.deepEqual(titles(enqueue(model, pending("c1", create("t1", "new")))), ["new", "old"]);
});

Deno.test("the event of my command replaces its prediction by the same row", () => {
  const waiting = enqueue(connected(), pending("c1", create("t1", "mine")));
  const { model } = receiveEvents(waiting, [event(2, "c1", { create: ["t1", "mine"] })]);
  assert.deepEqual(model.pending, []);
  assert.deepEqual(rowsOf(model).map(({ id, title }) => [id, title]), [["t1", "mine"]]);
});

Deno.test("a command that the server has committed stays shown until its event comes", () => {
  let model = enqueue(connected(), pending("c1", create("t1", "mine")));
  model = markCommitted(model, "c1", 2);
  assert.deepEqual(titles(model), ["mine"]);
  model = receiveEvents(model, [event(2, "c1", { create: ["t1", "mine"] })]).model;
  assert.equal(model.pending.length, 0);
});

Deno.test("a committed answer that comes after the event changes nothing", () => {
  const created = [event(2, "c1", { create: ["t1", "mine"] })];
  const { model } = receiveEvents(
    enqueue(connected(), pending("c1", create("t1", "mine"))),
    created,
  );
  assert.deepEqual(markCommitted(model, "c1", 2), model);
});

Deno.test("a snapshot that already holds a committed command drops its prediction", () => {
  const later = receiveEvents(connected(), [event(2, "c1", { create: ["t1", "mine"] })]).model;
  const state = later.confirmed;
  assert.ok(state);
  let model = enqueue(connected(), pending("c1", create("t1", "mine")));
  model = markCommitted(model, "c1", 2);
  model = receiveSnapshot(model, publicSnapshot(state));
  assert.equal(model.pending.length, 0);
  assert.deepEqual(titles(model), ["mine"]);
});

Deno.test("a refused command loses its effect and tells why on its row", () => {
  const problem = { code: "forbidden", detail: "No" } as const;
  let model = receiveEvents(connected(), [event(2, "c0", { create: ["t0", "theirs"] })]).model;
  model = enqueue(
    model,
    pending("c1", { type: "todo.update", payload: { todo_id: "t0", title: "mine" } }),
  );
  assert.deepEqual(titles(model), ["mine"]);
  model = markRejected(model, "c1", problem);
  const [row] = rowsOf(model);
  assert.equal(row?.title, "theirs");
  assert.deepEqual(row?.rejected?.progress, { state: "rejected", problem });
  assert.equal(rowsOf(discard(model, "c1"))[0]?.rejected, undefined);
});

Deno.test("a refused new todo keeps its row until it is discarded", () => {
  let model = enqueue(connected(), pending("c1", create("t1", "mine")));
  model = markRejected(model, "c1", { code: "validation", detail: "No" });
  assert.deepEqual(titles(model), ["mine"]);
  assert.deepEqual(titles(discard(model, "c1")), []);
});

Deno.test("a refused command without a row to show it on is dropped", () => {
  let model = enqueue(
    connected(),
    pending("c1", { type: "todo.complete", payload: { todo_id: "gone" } }),
  );
  model = markRejected(model, "c1", { code: "not-found", detail: "No" });
  assert.deepEqual(model.pending, []);
});

Deno.test("a command that could not be sent marks its row, and a deleted row can come back", () => {
  let model = receiveEvents(connected(), [event(2, "c0", { create: ["t0", "a"] })]).model;
  const [before] = rowsOf(model);
  assert.ok(before);
  model = enqueue(model, pending("c1", { type: "todo.complete", payload: { todo_id: "t0" } }));
  assert.equal(rowsOf(markWaiting(model, "c1"))[0]?.waiting, true);
  model = enqueue(model, pending("c2", { type: "todo.delete", payload: { todo_id: "t0" } }));
  assert.deepEqual(titles(model), []);
  model = enqueue(model, {
    ...pending("c3", { type: "todo.restore", payload: { todo_id: "t0" } }),
    before,
  });
  assert.deepEqual(titles(model), ["a"]);
});

Deno.test("a predicted todo stands in the column where the log will put it", () => {
  const columns = [{ id: "todo", title: "To do" }, { id: "done", title: "Done" }];
  let model = receiveSnapshot(EMPTY_MODEL, { ...publicSnapshot(start()), columns });
  const row = () => rowsOf(model).map(({ status, updated_at }) => [status, updated_at]);
  model = enqueue(model, pending("c1", create("t1", "mine")));
  assert.deepEqual(row(), [["todo", "2026-03-02T10:00:00.000Z"]]);
  model = receiveEvents(model, [event(2, "c1", { create: ["t1", "mine"] })]).model;
  model = enqueue(model, pending("c2", { type: "todo.complete", payload: { todo_id: "t1" } }));
  assert.deepEqual(row(), [["done", "2026-03-02T10:00:00.000Z"]]);
  model = enqueue(model, pending("c3", { type: "todo.reopen", payload: { todo_id: "t1" } }));
  assert.deepEqual(row(), [["todo", "2026-03-02T10:00:00.000Z"]]);
});

Deno.test("events before the first snapshot, and events after a gap, are not applied", () => {
  const later = [event(3, "c2", { create: ["t2", "later"] })];
  assert.equal(receiveEvents(EMPTY_MODEL, later).gap, true);
  const model = connected();
  const received = receiveEvents(model, later);
  assert.equal(received.gap, true);
  assert.equal(received.model, model);
});

Deno.test("any log cut into commits, repeated and overlapping, ends in the state of the log", () => {
  fc.assert(fc.property(history(), fc.array(fc.nat(10), { maxLength: 30 }), (log, back) => {
    let model = connected();
    let next = 0;
    for (const step of [...back, 0]) {
      const from = Math.max(0, next - step);
      const to = step === 0 ? log.length : Math.min(log.length, next + 1 + step);
      const received = receiveEvents(model, log.slice(from, to));
      assert.equal(received.gap, false);
      model = received.model;
      next = Math.max(next, to);
    }
    assert.deepEqual(contentOf(model.confirmed), contentOf(start(log)));
    assert.deepEqual(
      rowsOf(model).map(({ id }) => id),
      publicSnapshot(start(log)).todos.toSorted((a, b) => b.number - a.number).map(({ id }) => id),
    );
  }));
});

Deno.test("predictions vanish without trace once the log holds their commands", () => {
  fc.assert(fc.property(history(), fc.infiniteStream(fc.boolean()), (log, answersFirst) => {
    let model = connected();
    for (const each of log.filter(({ authid }) => authid === ME)) {
      model = enqueue(model, pending(each.causationid, commandOf(each)));
    }
    for (const each of log) {
      const version = Number(each.sequence);
      if (answersFirst.next().value) model = markCommitted(model, each.causationid, version);
      model = receiveEvents(model, [each]).model;
      model = markCommitted(model, each.causationid, version);
    }
    assert.deepEqual(model.pending, []);
    assert.deepEqual(rowsOf(model), rowsOf({ confirmed: start(log), pending: [] }));
  }));
});

Deno.test("a todo of mine is on the list from the moment it is made until someone deletes it", () => {
  fc.assert(fc.property(history(OTHER), fc.nat(40), (log, at) => {
    let model = enqueue(connected(), pending("mine", create("t-mine", "mine")));
    const mine = Math.min(at, log.length);
    const before = log.slice(0, mine);
    const created = event(mine + 2, "mine", { create: ["t-mine", "mine"], by: ME });
    for (const each of [...before, created]) {
      assert.ok(titles(model).includes("mine"));
      model = receiveEvents(model, [each]).model;
    }
    assert.ok(titles(model).includes("mine"));
    assert.deepEqual(model.pending, []);
  }));
});

function contentOf(state: GroupState | undefined) {
  return state && publicSnapshot(state);
}

function commandOf(each: GroupEvent): TodoCommand {
  const todo_id = each.subject.slice("todos/".length);
  switch (each.type) {
    case "com.todo1m.todo.created":
      return create(todo_id, each.data.todo.title);
    case "com.todo1m.todo.updated":
      return {
        type: "todo.update",
        payload: { todo_id, title: each.data.changes.title?.to ?? "" },
      };
    case "com.todo1m.todo.completed":
      return { type: "todo.complete", payload: { todo_id } };
    case "com.todo1m.todo.deleted":
      return { type: "todo.delete", payload: { todo_id } };
    default:
      throw new TypeError(`Cannot tell the command of "${each.type}"`);
  }
}
