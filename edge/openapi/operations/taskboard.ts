/** The API's document on what Taskboard's clients use. */
import type { ProblemCode } from "../../../actors/protocol/mod.ts";
import type { Operation, Operations } from "../operation.ts";
import {
  ASKED_TWICE,
  COMMAND_FIELDS,
  COMMAND_PROBLEMS,
  GROUP_COMMAND_FIELDS,
  STORED,
} from "./_command.ts";

const PROBLEMS: readonly ProblemCode[] = [...COMMAND_PROBLEMS, "projection-lag"];
const read = {
  tag: "Taskboard",
  security: "user",
  problems: ["malformed", "not-found", "projection-lag"],
} satisfies Partial<Operation>;
const change = {
  tag: "Taskboard",
  security: "user",
  requestHeaders: COMMAND_FIELDS,
  problems: PROBLEMS,
} satisfies Partial<Operation>;

export const TASKBOARD: Operations = {
  "GET /api/tasks": {
    ...read,
    operationId: "listTasks",
    summary: "The tasks of a board",
    description: "The newest first. Without a board of that number the list is empty.",
    query: ["board_id", "page", "page_size", "completed"],
    successes: {
      200: {
        description: "A page of tasks",
        schema: "TaskPage",
        headers: ["Stale-Groups"],
        links: ["firstTask"],
      },
    },
  },
  "POST /api/tasks": {
    ...change,
    requestHeaders: GROUP_COMMAND_FIELDS,
    operationId: "createTask",
    summary: "Create a task; a board that nobody has becomes the caller's",
    description:
      "The caller is the creator, whatever created_by says. A board is made before its " +
      "first task is taken: Prefer is about the task only. Sent again under its key, it answers " +
      "with the task as it was created. 202 is also the answer when the task is created and the " +
      "database that numbers it cannot be asked.",
    body: { schema: "NewTask", example: { board_id: 1, title: "Order flowers" } },
    successes: {
      201: {
        description: "The task",
        schema: "Task",
        headers: ASKED_TWICE,
        links: ["task", "changeTask", "removeTask"],
      },
      202: STORED,
    },
  },
  "GET /api/tasks/:task_id": {
    ...read,
    operationId: "readTask",
    summary: "A task",
    description: "By its number, which is the same for everybody who is in the board's group.",
    successes: { 200: { description: "The task", schema: "Task" } },
  },
  "PUT /api/tasks/:task_id": {
    ...change,
    operationId: "updateTask",
    summary: "Change the fields of a task that are given",
    description:
      "A title that is empty, or null, leaves the one that the task has. Sent again under its key, " +
      "it changes nothing more and answers with the task as it was after the change, whatever has become " +
      "of it since. 202 is also the answer when the change is made and the task cannot be shown now.",
    body: { schema: "TaskUpdate", example: { completed: true } },
    successes: {
      200: { description: "The task", schema: "Task", headers: ASKED_TWICE },
      202: STORED,
    },
  },
  "DELETE /api/tasks/:task_id": {
    ...change,
    operationId: "deleteTask",
    summary: "Delete a task",
    description:
      "Sends todo.delete. For its creator, admins and the owner of the group that the board is.",
    successes: { 202: STORED, 204: { description: "It is done", headers: ASKED_TWICE } },
  },
};
