/** Bodies of commands, one for each way of asking that is worth a look. */
import { COMPLETE, CREATE, GROUP, IDS } from "./values.ts";

/** An Example Object (OpenAPI 3.1, section 4.8.19). */
export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

export const COMMAND_EXAMPLES: Readonly<Record<string, Example>> = {
  create: { summary: "Create a todo with an id of one's own", value: CREATE },
  update: {
    summary: "Change some fields and take one away, unless somebody was faster",
    value: {
      command_id: IDS.later,
      type: "todo.update",
      group_id: GROUP,
      expected_version: 41,
      payload: { todo_id: "flowers", assignee: IDS.ben, due: null },
    },
  },
  complete: { summary: "Complete a todo", value: COMPLETE },
  undo: {
    summary: "Take a command back",
    value: { type: "undo", group_id: GROUP, payload: { command_id: IDS.complete } },
  },
  batch: {
    summary: "Several changes as one",
    value: {
      type: "batch",
      group_id: GROUP,
      payload: {
        commands: [
          { type: "todo.move", payload: { todo_id: "flowers", status: "doing" } },
          { type: "comment.add", payload: { todo_id: "flowers", text: "Calling the shop now" } },
        ],
      },
    },
  },
  todo1m: {
    summary: "As Todo-1M's clients send it",
    value: { action: "create-todo", group_id: GROUP, title: "Order flowers" },
  },
};
