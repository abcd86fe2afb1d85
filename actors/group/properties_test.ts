/**
 * What holds for every history of commands. Each property takes the fold as an argument, and is shown
 * to fail for a fold that is broken.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeCommit,
  encodeCommit,
  encodeEvent,
  type GroupEvent,
  versionOf,
} from "../protocol/mod.ts";
import { bodyOf, doing, history, play, type Step } from "./_arbitraries.ts";
import { type Scenario, team } from "./_scenario.ts";
import {
  emptyGroup,
  evolve,
  fromPublicSnapshot,
  fromSnapshot,
  type GroupState,
  memberRole,
  publicSnapshot,
  type Snapshot,
  toSnapshot,
} from "./mod.ts";
import { evolveReading, forReading } from "./fold/mod.ts";

type Fold = (state: GroupState, event: GroupEvent) => GroupState;

const RUNS = { numRuns: 300 };

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** What people see of a group: without versions, who touched it last, and what undo leaves behind. */
function content(state: GroupState) {
  const { version: _, todos, ...rest } = publicSnapshot(state);
  const seen = todos.map(({ version: _v, updated_at: _at, updated_by: _by, ...todo }) => todo);
  return { ...rest, todos: seen, deleted: state.deleted_at !== undefined };
}

function foldEqualsLiveState(fold: Fold) {
  return fc.property(history(40), (steps) => {
    const { group } = play(steps);
    const folded = group.log.reduce(fold, emptyGroup("g"));
    assert.deepEqual(toSnapshot(folded), toSnapshot(group.state));
  });
}

function foldLeavesItsInputAlone(fold: Fold) {
  return fc.property(history(25), (steps) => {
    const { group } = play(steps);
    let state = deepFreeze(emptyGroup("g"));
    for (const event of group.log) {
      const before = JSON.stringify(toSnapshot(state));
      const next = fold(state, deepFreeze(throughJson(event)));
      assert.equal(JSON.stringify(toSnapshot(state)), before);
      state = deepFreeze(next);
    }
  });
}

function fails(property: fc.IProperty<unknown>): boolean {
  return fc.check(property, RUNS).failed;
}

Deno.test("the fold of the log is the live state", () => {
  fc.assert(foldEqualsLiveState(evolve), RUNS);
});

Deno.test("a fold that forgets one type of event is found out", () => {
  const forgetful = (type: GroupEvent["type"]): Fold => (state, event) =>
    event.type === type ? { ...state, version: versionOf(event) } : evolve(state, event);
  assert.ok(fails(foldEqualsLiveState(forgetful("com.todo1m.todo.moved"))));
  assert.ok(fails(foldEqualsLiveState(forgetful("com.todo1m.comment.added"))));
});

Deno.test("a fold that miscounts is found out", () => {
  const miscounting: Fold = (state, event) => {
    const next = evolve(state, event);
    const off = event.type === "com.todo1m.todo.completed" ? 1 : 0;
    return { ...next, next_todo_number: next.next_todo_number + off };
  };
  assert.ok(fails(foldEqualsLiveState(miscounting)));
});

Deno.test("the fold does not change what it is given", () => {
  fc.assert(foldLeavesItsInputAlone(evolve), RUNS);
});

Deno.test("a fold that changes what it is given is found out", () => {
  const mutating: Fold = (state, event) => Object.assign(state, evolve(state, event));
  assert.ok(fails(foldLeavesItsInputAlone(mutating)));
});

Deno.test("versions are dense from 1, and every event names its group and its command", () => {
  fc.assert(
    fc.property(history(40), (steps) => {
      const { group, accepted } = play(steps);
      assert.deepEqual(group.log.map(versionOf), group.log.map((_, index) => index + 1));
      assert.equal(group.state.version, group.log.length);
      assert.equal(new Set(group.log.map(({ id }) => id)).size, group.log.length);
      assert.ok(group.log.every(({ partitionkey }) => partitionkey === "g"));
      const causes = new Set(group.log.map(({ causationid }) => causationid));
      assert.ok(accepted.every((id) => causes.has(id)));
    }),
    RUNS,
  );
});

Deno.test("the count of open todos is what counting finds, and no two share a place", () => {
  fc.assert(
    fc.property(history(60), (steps) => {
      const { todos } = publicSnapshot(play(steps).group.state);
      const { state } = play(steps).group;
      assert.equal(state.open_todos, todos.filter((todo) => !todo.completed).length);
      const places = todos.map((todo) => `${todo.status} ${todo.position}`);
      assert.equal(new Set(places).size, places.length);
      const columns = new Set(state.columns.map(({ id }) => id));
      assert.ok(todos.every(({ status }) => columns.has(status)));
      const owners = publicSnapshot(state).members.filter((member) => member.role === "owner");
      assert.equal(owners.length, 1);
    }),
    RUNS,
  );
});

Deno.test("a column done holds the completed todos and only them", () => {
  fc.assert(
    fc.property(history(40), (steps) => {
      const kept = steps.filter(({ type }) => type !== "group.update_columns" && type !== "batch");
      for (const todo of publicSnapshot(play(kept).group.state).todos) {
        assert.equal(todo.completed, todo.status === "done");
        assert.equal(todo.completed, todo.completed_at !== undefined);
      }
    }),
    RUNS,
  );
});

Deno.test("states, snapshots and commits survive JSON", () => {
  fc.assert(
    fc.property(history(30), (steps) => {
      const { group } = play(steps);
      const snapshot = toSnapshot(group.state);
      assert.deepEqual(throughJson(snapshot), snapshot);
      assert.deepEqual(toSnapshot(fromSnapshot(throughJson(snapshot))), snapshot);
      const shown = publicSnapshot(group.state);
      assert.deepEqual(publicSnapshot(fromPublicSnapshot(throughJson(shown))), shown);
      const bytes = encodeCommit(group.log.map(encodeEvent));
      assert.deepEqual(decodeCommit(bytes), group.log);
    }),
    RUNS,
  );
});

Deno.test("a host that starts from a snapshot decides as one that read the whole log", () => {
  fc.assert(
    fc.property(history(20), history(8), (before, after) => {
      const { group, accepted } = play(before);
      for (const step of after) {
        const { type, payload } = bodyOf(step, accepted);
        const other = copyOf(group, throughJson(toSnapshot(group.state)));
        const id = group.nextId();
        const decision = group.decide(step.actor, type, payload, { id });
        const twin = other.decide(step.actor, type, payload, { id });
        if (decision.kind === "accepted" && twin.kind === "accepted") {
          assert.deepEqual(twin.events, decision.events);
          accepted.push(id);
        } else assert.deepEqual(twin, decision);
      }
    }),
    RUNS,
  );
});

function copyOf(group: Scenario, snapshot: Snapshot): Scenario {
  const copy = team();
  copy.state = fromSnapshot(snapshot);
  copy.log.splice(0, Infinity, ...group.log);
  copy.nowMs = group.nowMs;
  return copy;
}

Deno.test("who only reads folds to the same state without the ledger", () => {
  fc.assert(
    fc.property(history(20), history(20), (before, after) => {
      const start = play(before).group.log;
      const whole = play([...before, ...after]).group;
      const state = whole.log.slice(start.length)
        .reduce(evolveReading, forReading(start.reduce(evolve, emptyGroup("g"))));
      assert.deepEqual(state, forReading(whole.log.reduce(evolve, emptyGroup("g"))));
      assert.deepEqual(toSnapshot(state).ledger, { let_go_ms: 0, entries: [] });
    }),
    RUNS,
  );
});

Deno.test("a client that folds the feed from a snapshot on sees what the group sees", () => {
  fc.assert(
    fc.property(history(20), history(20), (before, after) => {
      const { group } = play(before);
      let client = fromPublicSnapshot(publicSnapshot(group.state));
      const from = group.log.length;
      play(after.length === 0 ? [] : [...before, ...after]).group.log.slice(from)
        .forEach((event) => client = evolveReading(client, event));
      const whole = after.length === 0 ? group : play([...before, ...after]).group;
      assert.deepEqual(publicSnapshot(client), publicSnapshot(whole.state));
    }),
    RUNS,
  );
});

Deno.test("a command sent again is answered as the first time and changes nothing", () => {
  fc.assert(
    fc.property(history(20), (steps) => {
      const { group } = play(steps);
      const { state, log } = group;
      for (const id of new Set(log.map(({ causationid }) => causationid))) {
        const own = log.filter(({ causationid }) => causationid === id);
        const [first] = own;
        assert.ok(first);
        const payload = { name: "any" };
        const again = { id, hash: first.commandhash };
        assert.deepEqual(group.decide(first.authid, "group.rename", payload, again), {
          kind: "replayed",
          firstVersion: versionOf(first),
          version: versionOf(first) + own.length - 1,
        });
        const other = first.authid === "ana" ? "ada" : "ana";
        group.refused("idempotency-mismatch", other, "group.rename", payload, again);
        const changed = { id, hash: "other" };
        group.refused("idempotency-mismatch", first.authid, "group.rename", payload, changed);
      }
      assert.equal(group.state, state);
    }),
    RUNS,
  );
});

/** Undo may be refused only to who lost the right to do the reverse by the command itself. */
function maySayNo(before: GroupState, after: GroupState, { actor }: Step): boolean {
  return memberRole(before, actor) !== memberRole(after, actor);
}

Deno.test("undo right after a command restores what was, redo restores what came of it", () => {
  let undone = 0;
  fc.assert(
    fc.property(history(20), doing, (steps, last) => {
      const { group, accepted } = play(steps);
      const before = group.state;
      const { type, payload } = bodyOf(last, accepted);
      const id = group.nextId();
      if (group.decide(last.actor, type, payload, { id }).kind !== "accepted") return;
      const after = group.state;
      const undo = group.decide(last.actor, "undo", { command_id: id });
      if (undo.kind !== "accepted" && maySayNo(before, after, last)) return;
      assert.equal(undo.kind, "accepted", JSON.stringify(undo));
      assert.deepEqual(content(group.state), content(before));
      group.refused("undo-conflict", last.actor, "undo", { command_id: id });
      group.ok(last.actor, "redo", { command_id: id });
      assert.deepEqual(content(group.state), content(after));
      group.refused("undo-conflict", last.actor, "redo", { command_id: id });
      group.ok(last.actor, "undo", { command_id: id });
      assert.deepEqual(content(group.state), content(before));
      undone++;
    }),
    { numRuns: 1_500 },
  );
  assert.ok(undone > 300, `only ${undone} commands were undone`);
});
