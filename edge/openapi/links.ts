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
  firstGroup: {
    operationId: "readGroup",
    parameters: { group_id: inBody("groups/0/group_id") },
    description: "The first group of the page, with its members",
  },
  firstGroupTodos: {
    operationId: "listTodos",
    parameters: { group_id: inBody("groups/0/group_id") },
    description: "The todos of the first group of the page",
  },
  nextGroups: {
    operationId: "listGroups",
    parameters: { cursor: inBody("next_cursor") },
    description: "The next page, where there is one",
  },
  firstTodo: {
    operationId: "readTodo",
    parameters: { todo_id: inBody("todos/0/todo_id"), group_id: inBody("todos/0/group_id") },
    description: "The first todo of the page, with its comments",
  },
  history: {
    operationId: "readTodoHistory",
    parameters: { todo_id: inBody("todo_id"), group_id: inBody("group_id") },
    description: "What happened to the todo",
  },
  nextEvents: {
    operationId: "listEvents",
    parameters: { group_id: "$request.query.group_id", cursor: inBody("next_cursor") },
    description: "The next page, with the same filters, where there is one",
  },
  nextTodos: {
    operationId: "listTodos",
    parameters: { group_id: "$request.query.group_id", cursor: inBody("next_cursor") },
    description: "The next page, where there is one",
  },
  firstLetter: {
    operationId: "readDeadLetter",
    parameters: { sequence: inBody("dead_letters/0/sequence") },
    description: "The first letter of the page, with its body",
  },
  firstJob: {
    operationId: "readProjectionJob",
    parameters: { job_id: inBody("jobs/0/job_id") },
    description: "The newest job, with its result",
  },
  job: {
    operationId: "readProjectionJob",
    parameters: { job_id: inBody("job_id") },
    description: "The job, how far it is, and its result",
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
  firstTask: {
    operationId: "readTask",
    parameters: { task_id: inBody("tasks/0/id") },
    description: "The first task of the page by its number",
  },
  changeTask: {
    operationId: "updateTask",
    parameters: { task_id: inBody("id") },
    description: "Changes the task",
  },
  removeTask: {
    operationId: "deleteTask",
    parameters: { task_id: inBody("id") },
    description: "Deletes the task",
  },
  members: {
    operationId: "addMember",
    parameters: { group_id: inBody("group_id") },
    description: "Lets somebody into the group",
  },
} as const satisfies Record<string, Link>;

export type LinkName = keyof typeof LINKS;
