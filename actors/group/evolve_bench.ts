/**
 * What deciding one command and folding one event costs at 10, 1,000 and nearly 10,000 todos. Every command
 * starts from the same state; states are persistent, so nothing has to be reset in between.
 */
import type { Command, GroupEvent } from "../protocol/mod.ts";
import { decide, evolve, type GroupState, visibleTodos } from "./mod.ts";
import { team } from "./_scenario.ts";

interface Prepared {
  readonly state: GroupState;
  readonly update: Command;
  readonly event: GroupEvent;
  readonly create: Command;
  readonly nowMs: number;
}

function prepare(todos: number): Prepared {
  const group = team();
  for (let n = 0; n < todos; n++) {
    group.ok("mia", "todo.create", { todo_id: `t${n}`, title: `Todo ${n}` });
  }
  const meta = { group_id: group.state.id, actor: "mia" };
  const update: Command = {
    ...meta,
    command_id: group.nextId(),
    type: "todo.update",
    payload: { todo_id: `t${todos >> 1}`, title: "Another title" },
  };
  const create: Command = {
    ...meta,
    command_id: group.nextId(),
    type: "todo.create",
    payload: { title: "One more" },
  };
  const { state, nowMs } = group;
  const decision = decide(state, update, { nowMs, hash: "h" });
  const event = decision.kind === "accepted" ? decision.events[0] : undefined;
  if (!event) throw new Error("The update was not accepted");
  return { state, update, event, create, nowMs };
}

for (const todos of [10, 1_000, 9_990]) {
  const { state, update, event, create, nowMs } = prepare(todos);
  const context = { nowMs, hash: "h" };
  Deno.bench(`evolve todo.updated, ${todos} todos`, () => {
    evolve(state, event);
  });
  Deno.bench(`decide and evolve todo.update, ${todos} todos`, () => {
    decide(state, update, context);
  });
  Deno.bench(`decide and evolve todo.create, ${todos} todos`, () => {
    decide(state, create, context);
  });
  Deno.bench(`visibleTodos, ${todos} todos`, () => {
    visibleTodos(state);
  });
}
