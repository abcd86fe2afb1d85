/**
 * The audit of a run through the whole path: what clients were told, the log and the read model are
 * compared with each other, log and rows read directly from where they are kept.
 */
import assert from "node:assert/strict";
import type { NatsConnection, Sql } from "../../actors/platform/mod.ts";
import { readTables, referenceTables, type Tables } from "../../actors/projection/testing/mod.ts";
import { emptyGroup, evolve, todosOf } from "../../actors/group/fold/mod.ts";
import type { Todo } from "../../actors/protocol/mod.ts";
import { eventually } from "./eventually.ts";
import { type Answered, type Fault, type LogEntry, readLog } from "./history.ts";
import { findFaults } from "./log_faults.ts";
import { rowFaults } from "./view_faults.ts";

/** The rows of `groupIds` alone. */
function ofGroups(tables: Tables, groupIds: ReadonlySet<string>): Omit<Tables, "events"> {
  const own = <T>(rows: Map<string, T>) =>
    new Map([...rows].filter(([key]) => groupIds.has(key.split("/", 1)[0] ?? "")));
  const { todos, comments, groups, members, offsets } = tables;
  return {
    todos: own(todos),
    comments: own(comments),
    groups: own(groups),
    members: own(members),
    offsets: own(offsets),
  };
}

/** The todos that are not deleted as the group's own fold of the log knows them. */
function foldedTodos(log: readonly LogEntry[]): Map<string, Todo> {
  const todos = new Map<string, Todo>();
  for (const [groupId, entries] of Map.groupBy(log, (entry) => entry.groupId)) {
    const state = entries.flatMap(({ events }) => events).reduce(evolve, emptyGroup(groupId));
    for (const todo of todosOf(state)) todos.set(`${groupId}/${todo.id}`, todo);
  }
  return todos;
}

/** The same from the tables: rows of todos with their comments. */
function liveTodos(tables: Tables, groupIds: ReadonlySet<string>): Map<string, Todo> {
  const { todos, comments } = ofGroups(tables, groupIds);
  const byTodo = Map.groupBy(comments, ([key]) => key.split("/", 2).join("/"));
  const live = [...todos].filter(([, row]) => row["deleted_at"] === undefined);
  return new Map(live.map(([key, row]) => {
    const own = (byTodo.get(key) ?? []).map(([id, { version: _, ...comment }]) => ({
      id: id.split("/")[2],
      ...comment,
    }));
    const todo = own.length === 0 ? row : { ...row, comments: own };
    return [key, todo as unknown as Todo];
  }));
}

/**
 * Waits until the read model has caught up with the log, then checks everything.
 *
 * @returns the log that was read
 * @throws {AssertionError} that lists what is wrong
 */
export async function audit(
  run: { connection: NatsConnection; sql: Sql; history: readonly Answered[]; groupIds: string[] },
): Promise<LogEntry[]> {
  const { connection, sql, history, groupIds } = run;
  const log = await readLog(connection, groupIds);
  const faults = [...findFaults(history, log), ...await readModelFaults(sql, log, groupIds)];
  assert.deepEqual(faults.slice(0, 20), []);
  return log;
}

/** Waits until the read model has caught up with `log`; what its rows then have that the log has not. */
export async function readModelFaults(
  sql: Sql,
  log: readonly LogEntry[],
  groupIds: string[],
): Promise<Fault[]> {
  const expected = referenceTables(log.map((entry) => ({ ...entry, storedAtMs: 0 })));
  await eventually(async () => {
    const rows = await sql<{ group_id: string; version: number }[]>`
      select group_id, version::float8 as version from group_projection_offsets
      where group_id = any(${groupIds})`;
    return rows.length === expected.offsets.size &&
      rows.every(({ group_id, version }) => version >= (expected.offsets.get(group_id) ?? 0));
  }, "the read model to catch up with the log");
  const ids = new Set(groupIds);
  const tables = await readTables(sql);
  const [own, wanted] = [ofGroups(tables, ids), ofGroups(expected, ids)];
  const projected = await sql<{ event_id: string; version: number }[]>`
    select event_id, version::float8 as version from todo_events where group_id = any(${groupIds})`;
  const events = new Map(projected.map((row) => [row.event_id, row.version]));
  return [
    ...rowFaults<unknown>("todos", wanted.todos, own.todos),
    ...rowFaults<unknown>("todo_comments", wanted.comments, own.comments),
    ...rowFaults<unknown>("groups", wanted.groups, own.groups),
    ...rowFaults<unknown>("group_members", wanted.members, own.members),
    ...rowFaults("group_projection_offsets", wanted.offsets, own.offsets),
    ...rowFaults("todo_events", expected.events, events),
    ...rowFaults("todos, folded", foldedTodos(log), liveTodos(tables, ids)),
  ];
}
