/** Blame against the fold: for every history it names the last event that changed what the fold shows. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { GroupEvent, Todo } from "../protocol/mod.ts";
import { versionOf } from "../protocol/mod.ts";
import { beginning, history, play } from "./_arbitraries.ts";
import { blame, emptyGroup, evolve, findTodo, same, type TodoBlame } from "./mod.ts";

type Blame = typeof blame;

const UNBLAMED = new Set(["id", "comments", "updated_by", "updated_at", "version"]);
const RUNS = { numRuns: 300 };

function todoIdOf({ data }: GroupEvent): string | undefined {
  const { todo_id, todo } = data as { readonly todo_id?: string; readonly todo?: Todo };
  return todo_id ?? todo?.id;
}

/** What `fold` makes of the log, by todo. */
function blameOf(fold: Blame, log: readonly GroupEvent[]): Map<string, TodoBlame> {
  const blames = new Map<string, TodoBlame>();
  for (const event of log) {
    const id = todoIdOf(event);
    const after = id === undefined ? undefined : fold(blames.get(id), event);
    if (id !== undefined && after) blames.set(id, after);
  }
  return blames;
}

interface Seen {
  readonly value: unknown;
  readonly from: unknown;
  readonly by: string;
  readonly version: number;
}

/** The same found without looking into events: by comparing the state before and after each of them. */
function watch(log: readonly GroupEvent[]): Map<string, Map<string, Seen>> {
  const seen = new Map<string, Map<string, Seen>>();
  let state = emptyGroup("g");
  for (const event of log) {
    state = evolve(state, event);
    const id = todoIdOf(event);
    const todo = id === undefined ? undefined : findTodo(state, id);
    if (!todo) continue;
    const fields = seen.get(todo.id) ?? new Map<string, Seen>();
    seen.set(todo.id, fields);
    const now = new Map<string, unknown>(Object.entries(todo));
    for (const name of new Set([...fields.keys(), ...now.keys()])) {
      const [from, value] = [fields.get(name)?.value, now.get(name)];
      if (UNBLAMED.has(name) || same(from, value)) continue;
      fields.set(name, { value, from, by: event.authid, version: versionOf(event) });
    }
  }
  return seen;
}

function agreesWithFold(fold: Blame) {
  return fc.property(history(40), (steps) => {
    const { group } = play(steps);
    const blames = blameOf(fold, group.log);
    const watched = watch(group.log);
    assert.deepEqual([...blames.keys()].sort(), [...watched.keys()].sort());
    for (const [id, { fields, deleted }] of blames) {
      const found = Array.from(
        fields,
        ([name, { to, from, actor, version }]) =>
          [name, { value: to, from, by: actor, version }] as const,
      );
      assert.deepEqual(new Map(found), watched.get(id));
      assert.equal(deleted === undefined, findTodo(group.state, id) !== undefined);
    }
  });
}

Deno.test("blame names the last event that changed each field of the fold, for every history", () => {
  fc.assert(agreesWithFold(blame), RUNS);
});

Deno.test("a blame that misses moves, or blames a restore for what it brought back, is found out", () => {
  const deaf: Blame = (before, event) =>
    event.type === "com.todo1m.todo.moved" ? before : blame(before, event);
  const forgetful: Blame = (before, event) =>
    blame(event.type === "com.todo1m.todo.restored" ? undefined : before, event);
  for (const broken of [deaf, forgetful]) assert.ok(fc.check(agreesWithFold(broken), RUNS).failed);
});

Deno.test("a field tells who set it, when and from what, also once it is cleared or the todo deleted", () => {
  const group = beginning();
  group.ok("mia", "todo.update", { todo_id: "a", description: "long" });
  const [cleared] = group.ok("ada", "todo.update", { todo_id: "a", description: null });
  const [deletion] = group.ok("ana", "todo.delete", { todo_id: "a" });
  assert.ok(cleared && deletion);
  const found = blameOf(blame, group.log).get("a");
  assert.deepEqual(found?.fields.get("description"), {
    actor: "ada",
    at: cleared.time,
    version: versionOf(cleared),
    command_id: cleared.causationid,
    type: "todo.updated",
    from: "long",
  });
  assert.equal(found.fields.get("title")?.actor, "mia");
  assert.deepEqual(
    [found.deleted?.actor, found.deleted?.version],
    ["ana", versionOf(deletion)],
  );
});
