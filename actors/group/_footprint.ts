/** How much memory the state of a group takes, estimated from what is in it. */
import type { Footprint } from "../kind/mod.ts";
import type { Todo } from "../protocol/mod.ts";
import { type GroupState, todosOf } from "./fold/mod.ts";

/** What things take without their texts, in bytes; `deno task bench:actors` compares with reality. */
const EACH_TODO = 620;
const EACH_TODO_PART = 150;
const EACH_MEMBER = 410;

export const footprint: Footprint<GroupState> = {
  structure: ({ todos, deleted_todos, members }) =>
    EACH_TODO * (todos.size + deleted_todos.size) + EACH_MEMBER * members.size,
  texts: (state) => todosOf(state).reduce((sum, todo) => sum + textBytesOf(todo), 0),
  parts: ({ todos }) => todos.size,
};

function textBytesOf({ title, description, checklist, comments, reminders }: Todo): number {
  let bytes = title.length + (description?.length ?? 0);
  for (const { text } of checklist ?? []) bytes += EACH_TODO_PART + text.length;
  for (const { text } of comments ?? []) bytes += 2 * EACH_TODO_PART + text.length;
  return bytes + EACH_TODO_PART * (reminders?.length ?? 0);
}
