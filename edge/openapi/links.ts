/** Links from answers to the operations that go on from them (OpenAPI 3.1, section 4.8.20). */

/** A Link Object. */
export interface Link {
  readonly operationId: string;
  /** Runtime expressions by parameter. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly description: string;
}

const inBody = (field: string) => `$response.body#/${field}`;

export const LINKS = {
  outcome: {
    operationId: "readOutcome",
    parameters: { command_id: inBody("command_id"), group_id: inBody("group_id") },
    description: "What became of the command, once it is decided",
  },
  group: {
    operationId: "readGroup",
    parameters: { group_id: inBody("group_id"), min_version: inBody("version") },
    description: "The group as it is with this change",
  },
  todos: {
    operationId: "listTodos",
    parameters: { group_id: inBody("group_id"), min_version: inBody("version") },
    description: "The todos of the group with this change",
  },
  nextTodos: {
    operationId: "listTodos",
    parameters: { group_id: "$request.query.group_id", cursor: inBody("next_cursor") },
    description: "The next page, where there is one",
  },
  nextLetters: {
    operationId: "listDeadLetters",
    parameters: { cursor: inBody("next_cursor") },
    description: "The next page, where there is one",
  },
  stream: {
    operationId: "followGroups",
    parameters: { group_id: inBody("group_id") },
    description: "What happens in the group from now on",
  },
  task: {
    operationId: "readTask",
    parameters: { task_id: inBody("id") },
    description: "The task by its number",
  },
  members: {
    operationId: "addMember",
    parameters: { group_id: inBody("group_id") },
    description: "Lets somebody into the group",
  },
} as const satisfies Record<string, Link>;

export type LinkName = keyof typeof LINKS;
