import assert from "node:assert/strict";
import {
  COMMAND_ID_MAX_AHEAD_MS,
  isUuidV7,
  LEDGER_MAX_COMMANDS,
  LEDGER_MIN_AGE_MS,
  LEDGER_MIN_COMMANDS,
  type SingleCommandBody,
} from "../protocol/mod.ts";
import { publicSnapshot } from "./mod.ts";
import { causeOf, idAt, START_MS, team, typesOf } from "./_scenario.ts";

function create(title: string): SingleCommandBody {
  return { type: "todo.create", payload: { title } };
}

Deno.test("a batch is one commit, each command seeing what the ones before it did", () => {
  const group = team();
  const before = group.state.version;
  const events = group.ok("mia", "batch", {
    commands: [
      { type: "todo.create", payload: { todo_id: "a", title: "a" } },
      { type: "todo.move", payload: { todo_id: "a", status: "doing" } },
      { type: "todo.complete", payload: { todo_id: "a" } },
      create("b"),
      create("c"),
    ],
  });
  assert.deepEqual(typesOf(events), [
    "todo.created",
    "todo.moved",
    "todo.completed",
    "todo.created",
    "todo.created",
  ]);
  assert.equal(group.state.version, before + 5);
  assert.equal(new Set(events.map((event) => event.causationid)).size, 1);
  const made = publicSnapshot(group.state).todos.map(({ id }) => id).filter((id) => id !== "a");
  assert.equal(new Set(made).size, 2);
  assert.ok(made.every(isUuidV7));
});

Deno.test("a batch that fails does nothing and names the command that failed", () => {
  const group = team();
  const commands = [create("a"), { type: "group.rename", payload: { name: "x" } } as const];
  const forbidden = group.refused("forbidden", "mia", "batch", { commands });
  assert.equal(forbidden.errors?.[0]?.pointer, "/payload/commands/1");
  const wrong = { type: "todo.create", payload: { title: "b", status: "later" } } as const;
  const problem = group.refused("validation", "mia", "batch", { commands: [create("a"), wrong] });
  assert.equal(problem.errors?.[0]?.pointer, "/payload/commands/1/payload/status");
  assert.equal(publicSnapshot(group.state).todos.length, 0);
});

Deno.test("a batch expects a version of the group", () => {
  const group = team();
  const commands = [create("a")];
  const { version } = group.state;
  group.refused("version-conflict", "mia", "batch", { commands }, {
    expected_version: version - 1,
  });
  group.ok("mia", "batch", { commands }, { expected_version: version });
  group.refused("not-found", "zoe", "batch", { commands }, { expected_version: 0 });
});

Deno.test("the rest of a batch is refused to who leaves the group in it", () => {
  const leave = { type: "member.remove", payload: { user_id: "mia" } } as const;
  team().refused("not-found", "mia", "batch", { commands: [leave, create("a")] });
});

Deno.test("a batch whose events would not fit one message is refused", () => {
  const group = team();
  const description = "x".repeat(16_000);
  const ids = Array.from({ length: 100 }, (_, n) => `t${n}`);
  for (const todo_id of ids) group.ok("mia", "todo.create", { todo_id, title: "t", description });
  const drop = (todo_id: string) => ({ type: "todo.delete", payload: { todo_id } }) as const;
  group.refused("too-large", "mia", "batch", { commands: ids.map(drop) });
  group.ok("mia", "batch", { commands: ids.slice(0, 50).map(drop) });
});

Deno.test("the same command decided twice is the same to the byte", () => {
  const decisions = [1, 2].map(() => {
    const group = team();
    const commands = [create("a"), create("b")];
    return JSON.stringify(group.ok("mia", "batch", { commands }));
  });
  assert.equal(decisions[0], decisions[1]);
});

Deno.test("an id from too far ahead is refused, a little ahead is not", () => {
  const group = team();
  const ahead = group.nowMs + COMMAND_ID_MAX_AHEAD_MS;
  const problem = group.refused("validation", "mia", "todo.create", { title: "a" }, {
    id: idAt(ahead + 1_001, 900_000),
  });
  assert.equal(problem.errors?.[0]?.pointer, "/command_id");
  group.ok("mia", "todo.create", { title: "a" }, { id: idAt(ahead, 900_001) });
});

Deno.test("a refused command may be sent again and is decided anew", () => {
  const group = team();
  const id = group.nextId();
  group.refused("not-found", "mia", "todo.update", { todo_id: "a", title: "b" }, { id });
  group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  group.ok("mia", "todo.update", { todo_id: "a", title: "b" }, { id });
});

Deno.test("a known id is answered from the ledger before anything else is asked", () => {
  const group = team();
  const events = group.ok("mia", "todo.create", { todo_id: "a", title: "a" });
  const sending = { id: causeOf(events), hash: events[0]?.commandhash ?? "", expected_version: 0 };
  group.ok("ana", "member.remove", { user_id: "mia" });
  const again = group.decide("mia", "todo.create", { todo_id: "a", title: "a" }, sending);
  assert.equal(again.kind, "replayed");
});

Deno.test("the ledger keeps a day's commands, then lets go and refuses what it no longer knows", () => {
  const group = team();
  const first = group.ok("ana", "group.rename", { name: "n" });
  const id = causeOf(first);
  const hash = first[0]?.commandhash ?? "";
  for (let n = 0; n < LEDGER_MIN_COMMANDS; n++) group.ok("ana", "group.rename", { name: `n${n}` });
  const again = () => group.decide("ana", "group.rename", { name: "n" }, { id, hash });
  assert.equal(again().kind, "replayed");
  group.nowMs = START_MS + LEDGER_MIN_AGE_MS + 3_600_000;
  group.ok("ana", "group.rename", { name: "next day" });
  const decision = again();
  assert.equal(decision.kind === "rejected" && decision.problem.code, "gone");
  const old = { id: idAt(START_MS, 900_000) };
  group.refused("gone", "ana", "group.rename", { name: "x" }, old);
  group.refused("not-found", "ana", "undo", { command_id: id });
  assert.equal(group.state.ledger.entries.size, LEDGER_MIN_COMMANDS);
});

Deno.test("the ledger never holds more than its cap", () => {
  const group = team();
  for (let n = 0; n < LEDGER_MAX_COMMANDS + 50; n++) {
    group.nowMs -= 999;
    group.ok("ana", "group.rename", { name: `n${n % 7}` });
  }
  assert.equal(group.state.ledger.entries.size, LEDGER_MAX_COMMANDS);
});
