import assert from "node:assert/strict";
import type { Todo } from "../../actors/protocol/mod.ts";
import { taskOf } from "./task.ts";

const TODO: Todo = {
  id: "t",
  number: 3,
  title: "My first task",
  status: "todo",
  completed: false,
  position: "a0",
  created_by: "ana",
  created_at: "2026-01-02T03:04:05.000Z",
  updated_by: "ana",
  updated_at: "2026-01-02T03:04:05.678Z",
  version: 4,
};
const NUMBERS = { id: 7, board_id: 1, created_by: 100 };

Deno.test("a task has numbers, instants in two parts, and no field without a value", () => {
  assert.deepEqual(taskOf({ ...TODO, description: "" }, NUMBERS), {
    id: 7,
    board_id: 1,
    title: "My first task",
    created_by: 100,
    created_at: { seconds: 1_767_323_045 },
    updated_at: { seconds: 1_767_323_045, nanos: 678_000_000 },
  });
});

Deno.test("what is done and described says so", () => {
  const task = taskOf({ ...TODO, completed: true, description: "Testing" }, NUMBERS);
  assert.deepEqual([task.completed, task.description], [true, "Testing"]);
});
