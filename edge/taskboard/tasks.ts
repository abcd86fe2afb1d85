/** Tasks in the read model: todos of a board, under numbers that they keep. */
import type { Sql } from "../../actors/platform/mod.ts";
import type { Todo } from "../../actors/protocol/mod.ts";
import { type GroupView, standing } from "../reads/mod.ts";
import { type Task, taskOf } from "./task.ts";

export interface TaskPage extends GroupView {
  readonly tasks: readonly Task[];
  readonly total: number;
}

export interface TaskDetail extends GroupView {
  readonly task: Task | undefined;
  /** Version of the group after the last event that touched the task; 0 where there is none. */
  readonly changedAt: number;
}

interface Row {
  readonly version: string | null;
  readonly role: string | null;
  readonly todo_id: string | null;
  readonly data: Todo;
  readonly total: string | null;
}

interface ListQuery {
  readonly groupId: string;
  readonly boardId: number;
  readonly userId: string;
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
  readonly completed?: boolean;
}

/** One page of a board's tasks, newest first. */
export async function listTasks(sql: Sql, query: ListQuery): Promise<TaskPage> {
  const { groupId, boardId, userId, page, pageSize, completed } = query;
  const wanted = sql`
    todos.group_id = ${groupId} and todos.deleted_at is null
    ${completed === undefined ? sql`` : sql`and todos.completed = ${completed}`}`;
  const rows = await sql<Row[]>`
    select offsets.version, member.role, todo.*,
           (select count(*) from todos where member.role is not null and ${wanted}) as total
    from ${standing(sql, groupId, userId)}
    left join lateral (
      select todos.todo_id, todos.data, todos.number
      from todos
      where ${wanted}
      order by todos.number desc
      limit ${pageSize} offset ${(page - 1) * pageSize}
    ) todo on member.role is not null
    order by todo.number desc`;
  const todos = rows.flatMap(({ todo_id, data }) => todo_id === null ? [] : [data]);
  return {
    ...viewOf(rows[0]),
    total: Number(rows[0]?.total ?? 0),
    tasks: await numbered(sql, { groupId, boardId }, todos),
  };
}

/** A task that is not deleted. */
export async function readTask(
  sql: Sql,
  { groupId, boardId, userId, todoId }: Omit<ListQuery, "page" | "pageSize"> & {
    readonly todoId: string;
  },
): Promise<TaskDetail> {
  const [row] = await sql<Row[]>`
    select offsets.version, member.role, todo.*
    from ${standing(sql, groupId, userId)}
    left join lateral (
      select todos.todo_id, todos.data from todos
      where todos.group_id = ${groupId} and todos.todo_id = ${todoId} and todos.deleted_at is null
    ) todo on member.role is not null`;
  const todos = row?.todo_id ? [row.data] : [];
  const [task] = await numbered(sql, { groupId, boardId }, todos);
  return { ...viewOf(row), task, changedAt: todos[0]?.version ?? 0 };
}

/** Which todo of which group a number stands for. */
export async function findTask(
  sql: Sql,
  taskId: number,
): Promise<{ readonly groupId: string; readonly todoId: string } | undefined> {
  const [row] = await sql<{ group_id: string; todo_id: string }[]>`
    select group_id, todo_id from taskboard_tasks where task_id = ${taskId}`;
  return row && { groupId: row.group_id, todoId: row.todo_id };
}

function viewOf(row: Row | undefined): GroupView {
  return { version: Number(row?.version ?? 0), isMember: (row?.role ?? null) !== null };
}

/** A todo of a group as the task that it is on the board. */
export async function numberedTask(
  sql: Sql,
  board: { readonly groupId: string; readonly boardId: number },
  todo: Todo,
): Promise<Task> {
  const [task] = await numbered(sql, board, [todo]);
  if (!task) throw new Error(`Todo "${todo.id}" got no number`);
  return task;
}

/** Puts numbers to todos of a group, new ones where they have none. */
async function numbered(
  sql: Sql,
  { groupId, boardId }: { readonly groupId: string; readonly boardId: number },
  todos: readonly Todo[],
): Promise<Task[]> {
  if (todos.length === 0) return [];
  const [tasks, users] = await Promise.all([
    taskNumbers(sql, groupId, todos.map(({ id }) => id)),
    userNumbers(sql, todos.map(({ created_by }) => created_by)),
  ]);
  return todos.map((todo) =>
    taskOf(todo, {
      id: tasks.get(todo.id) ?? 0,
      board_id: boardId,
      created_by: users.get(todo.created_by) ?? 0,
    })
  );
}

async function taskNumbers(
  sql: Sql,
  groupId: string,
  todoIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const find = () =>
    sql<{ id: string; number: string }[]>`
      select todo_id as id, task_id as number from taskboard_tasks
      where group_id = ${groupId} and todo_id = any(${[...todoIds]})`;
  return await completeNumbers(todoIds, find, (missing) =>
    sql`
      insert into taskboard_tasks (group_id, todo_id)
      select ${groupId}, unnest(${missing}::text[])
      on conflict do nothing`);
}

async function userNumbers(
  sql: Sql,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = [...new Set(userIds)];
  const find = () =>
    sql<{ id: string; number: string }[]>`
      select user_id as id, number from taskboard_users where user_id = any(${wanted})`;
  return await completeNumbers(wanted, find, (missing) =>
    sql`
      insert into taskboard_users (user_id) select unnest(${missing}::text[])
      on conflict do nothing`);
}

/** The numbers of `ids`; those that have none get one first, the last of them the lowest. */
async function completeNumbers(
  ids: readonly string[],
  find: () => PromiseLike<readonly { readonly id: string; readonly number: string }[]>,
  add: (missing: string[]) => PromiseLike<unknown>,
): Promise<ReadonlyMap<string, number>> {
  const numbers = new Map<string, number>();
  const look = async () => {
    for (const { id, number } of await find()) numbers.set(id, Number(number));
    return ids.filter((id) => !numbers.has(id)).reverse();
  };
  const missing = await look();
  if (missing.length > 0) {
    await add(missing);
    await look();
  }
  return numbers;
}
