/** The API's document on reads of todos. */
import type { ProblemCode } from "../../../actors/protocol/mod.ts";
import type { Operation, Operations, Success } from "../operation.ts";

const PROBLEMS: readonly ProblemCode[] = ["not-found", "projection-lag", "version-conflict"];
const unchanged: Success = { description: "The client holds this state", headers: ["ETag"] };
const read = {
  tag: "Todos",
  security: "user",
  requestHeaders: ["If-None-Match"],
  problems: PROBLEMS,
} satisfies Partial<Operation>;

export const TODOS: Operations = {
  "GET /api/v1/todos": {
    ...read,
    operationId: "listTodos",
    summary: "The todos of a group, newest first",
    description:
      "Shows what the caller has written itself. The list is as of version of the group.",
    query: ["group_id", "limit", "cursor", "min_version"],
    successes: {
      200: {
        description: "A page of todos",
        schema: "TodoPage",
        headers: ["ETag"],
        links: ["nextTodos"],
      },
      304: unchanged,
    },
  },
  "GET /api/v1/todos/:todo_id": {
    ...read,
    operationId: "readTodo",
    summary: "A todo with its comments",
    description:
      "One todo with its comments and the names of its people. Shows what the caller has written itself.",
    query: ["group_id", "min_version"],
    successes: {
      200: { description: "The todo", schema: "TodoWithComments", headers: ["ETag"] },
      304: unchanged,
    },
  },
};
