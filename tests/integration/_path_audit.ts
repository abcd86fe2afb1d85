/**
 * The audit of a run: compares what clients were told with what is in the log and in the read model, both
 * read directly from where they are kept. Finds commands that are lost, doubled, out of order or answered
 * otherwise than they were stored, versions that are missing, and rows that the log does not explain.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFrom, type Sql, streamName } from "../../actors/platform/mod.ts";
import type { NatsConnection } from "../../actors/platform/mod.ts";
import { referenceTables, type Tables } from "../../actors/projection/testing/mod.ts";
import { emptyGroup, evolve, todosOf } from "../../actors/group/fold/mod.ts";
import { decodeCommit, type GroupEvent, type Todo } from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";
import { eventually, readTables } from "./_projection_fixture.ts";

/** A command and what its sender was told. Times are of one clock. */
export interface Answered {
  readonly command_id: string;
  readonly group_id: string;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly attempts: number;
  readonly outcome: "committed" | "rejected" | "unknown";
  readonly version?: number;
  readonly events?: readonly GroupEvent[];
}

/** A message of the log. */
export interface LogEntry {
  readonly groupId: string;
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly events: readonly GroupEvent[];
  /** What it says is the hash of the group's message before; empty on the first. */
  readonly previousHash: string;
}

/** Reads the log of `groupIds` from the stream itself. */
export async function readLog(
  connection: NatsConnection,
  groupIds: Iterable<string>,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (const groupId of groupIds) {
    const subject = groupSubject("event", groupId);
    for await (const message of readFrom(connection, streamName("EV", 0), subject, 1)) {
      entries.push({
        groupId,
        subject,
        sequence: message.sequence,
        data: message.data,
        events: decodeCommit(message.data),
        previousHash: message.headers?.get(headers.PREVIOUS_HASH) ?? "",
      });
    }
  }
  return entries;
}

/** Everything that is wrong, one sentence each; empty when the run was flawless. */
export function findFaults(history: readonly Answered[], log: readonly LogEntry[]): string[] {
  return [...chainFaults(log), ...historyFaults(history, log), ...orderFaults(history)];
}

/** Versions are dense, ids unique, and each message names the hash of the one before. */
function chainFaults(log: readonly LogEntry[]): string[] {
  const faults: string[] = [];
  const versions = new Map<string, number>();
  const hashes = new Map<string, string>();
  const seen = new Set<string>();
  for (const { groupId, data, events, previousHash } of log) {
    if (previousHash !== (hashes.get(groupId) ?? "")) {
      faults.push(`hash chain of ${groupId} is broken behind version ${versions.get(groupId)}`);
    }
    hashes.set(groupId, createHash("sha256").update(data).digest("hex"));
    for (const event of events) {
      const after = versions.get(groupId) ?? 0;
      const version = Number(event.sequence);
      if (version !== after + 1) faults.push(`version ${version} of ${groupId} follows ${after}`);
      versions.set(groupId, version);
      if (seen.has(event.id)) faults.push(`event ${event.id} is in the log twice`);
      seen.add(event.id);
    }
  }
  return faults;
}

/** What was acknowledged is in the log, once, as it was answered; what was rejected is not. */
function historyFaults(history: readonly Answered[], log: readonly LogEntry[]): string[] {
  const faults: string[] = [];
  const commits = new Map<string, GroupEvent[][]>();
  for (const { events } of log) {
    const byCommand = Map.groupBy(events, (event) => event.causationid);
    for (const [id, own] of byCommand) commits.set(id, [...commits.get(id) ?? [], own]);
  }
  for (const [id, parts] of commits) {
    if (parts.length > 1) faults.push(`command ${id} is in ${parts.length} messages`);
  }
  for (const answered of history) {
    const { command_id, outcome, version, events } = answered;
    const stored = commits.get(command_id)?.[0];
    if (outcome === "rejected" && stored) faults.push(`rejected ${command_id} is in the log`);
    if (outcome !== "committed") continue;
    if (!stored) {
      faults.push(`acknowledged ${command_id} is not in the log`);
    } else if (Number(stored.at(-1)?.sequence) !== version) {
      faults.push(`${command_id} was answered version ${version}, stored another`);
    } else if (events && JSON.stringify(events) !== JSON.stringify(stored)) {
      faults.push(`${command_id} was answered other events than those stored`);
    }
  }
  return faults;
}

/** A command that was sent after another one was answered has the later version. */
function orderFaults(history: readonly Answered[]): string[] {
  const faults: string[] = [];
  const committed = history.filter(({ outcome }) => outcome === "committed");
  for (const [groupId, commands] of Map.groupBy(committed, (answered) => answered.group_id)) {
    const bySending = commands.toSorted((a, b) => a.sentAtMs - b.sentAtMs);
    const byAnswer = commands.toSorted((a, b) => a.answeredAtMs - b.answeredAtMs);
    let answered = 0;
    let newest = 0;
    for (const { sentAtMs, version = 0, command_id } of bySending) {
      for (; (byAnswer[answered]?.answeredAtMs ?? Infinity) < sentAtMs; answered++) {
        newest = Math.max(newest, byAnswer[answered]?.version ?? 0);
      }
      if (version <= newest) {
        faults.push(`${command_id} got version ${version} of ${groupId} after ${newest} was known`);
      }
    }
  }
  return faults;
}

/** The rows of `groupIds` alone. */
export function ofGroups(tables: Tables, groupIds: ReadonlySet<string>): Omit<Tables, "events"> {
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
  assert.deepEqual(findFaults(history, log).slice(0, 20), []);
  const expected = referenceTables(log.map((entry) => ({ ...entry, storedAtMs: 0 })));
  await eventually(async () => {
    const rows = await sql<{ group_id: string; version: number }[]>`
      select group_id, version::float8 as version from group_projection_offsets
      where group_id = any(${groupIds})`;
    return rows.length === expected.offsets.size &&
      rows.every(({ group_id, version }) => version >= (expected.offsets.get(group_id) ?? 0));
  }, "the read model to catch up with the log");
  const tables = await readTables(sql);
  const ids = new Set(groupIds);
  assert.deepEqual(ofGroups(tables, ids), ofGroups(expected, ids));
  assert.deepEqual(liveTodos(tables, ids), foldedTodos(log));
  const projected = await sql<{ event_id: string; version: number }[]>`
    select event_id, version::float8 as version from todo_events where group_id = any(${groupIds})`;
  assert.deepEqual(
    new Map(projected.map((row) => [row.event_id, row.version])),
    expected.events,
  );
  return log;
}
