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
    summary: "The todos of a group: all, chosen, ordered, searched, or as they were",
    description:
      "The newest first, unless sort or q say otherwise. Shows what the caller has written itself. The " +
      "list is as of version of the group. Pages of one list go on where the one before ended, with the " +
      "same parameters, and mean the same day by today: what is not changed meanwhile is in one of them " +
      "exactly. What is wrong in filter or sort is told with its place in the text.",
    query: ["group_id", "filter", "sort", "q", "tz", "at", "limit", "cursor", "min_version"],
    problems: [...PROBLEMS, "too-large"],
    successes: {
      200: {
        description: "A page of todos",
        schema: "TodoPage",
        headers: ["ETag"],
        links: ["firstTodo", "nextTodos"],
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
    query: ["group_id", "at", "min_version"],
    problems: [...PROBLEMS, "too-large"],
    successes: {
      200: {
        description: "The todo",
        schema: "TodoWithComments",
        headers: ["ETag"],
        links: ["history"],
      },
      304: unchanged,
    },
  },
};
