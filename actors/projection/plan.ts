/**
 * Plans a batch: from decoded log messages, in stream order, to the rows that one transaction writes. Each
 * row appears once, whatever happened to it within the batch. Pure; knows nothing of SQL.
 */
import type { RowChange, Table } from "./_changes.ts";
import type { Commit, EventRow } from "./_decode.ts";
import { type Fields, fold, type Op } from "./_ops.ts";

/** An event with the place of its message. */
export interface PlacedEvent extends EventRow {
  readonly stream_sequence: number;
}

/** What happens to one row: its key columns, the operation, and the version it then has. */
export interface RowOp<K extends string, O extends Op = Op> {
  readonly key: Readonly<Record<K, string>>;
  readonly version: number;
  readonly op: O;
}

export interface OffsetRow {
  readonly group_id: string;
  /** Version of the group's first event in the batch: one above the projected one, or there is a gap. */
  readonly first_version: number;
  readonly version: number;
  readonly stream_sequence: number;
  /** What the group's first commit in the batch names as the one before it, and the hash of its last. */
  readonly previous_hash: string;
  readonly message_hash: string;
}

/**
 * A place where a group's commits do not follow each other: versions are missing, or the versions follow and
 * the later commit names other bytes as the ones before it than were projected.
 */
export interface Gap {
  readonly kind: "version" | "prevhash";
  readonly group_id: string;
  /** Version before the gap. */
  readonly after: number;
  /** Version behind the gap. */
  readonly found: number;
}

export interface Plan {
  readonly events: readonly PlacedEvent[];
  readonly todos: readonly RowOp<"group_id" | "todo_id">[];
  readonly comments: readonly RowOp<"group_id" | "todo_id" | "comment_id">[];
  readonly groups: readonly RowOp<"group_id">[];
  readonly members: readonly RowOp<"group_id" | "user_id">[];
  readonly offsets: readonly OffsetRow[];
  /** Gaps between messages of this batch; those to what was projected before are found in the tables. */
  readonly gaps: readonly Gap[];
}

interface Folded {
  readonly groupId: string;
  readonly change: RowChange;
  readonly op: Op;
}

/** Plans the transaction for `commits`, which are in stream order. */
export function planBatch(commits: readonly Commit[]): Plan {
  const events: PlacedEvent[] = [];
  const rows: Record<Table, Map<string, Folded>> = {
    todos: new Map(),
    todo_comments: new Map(),
    groups: new Map(),
    group_members: new Map(),
  };
  const offsets = new Map<string, OffsetRow>();
  const gaps: Gap[] = [];
  for (const commit of commits) {
    const { groupId, sequence } = commit;
    // A message that the log holds twice has had its effect.
    if (commit.version <= (offsets.get(groupId)?.version ?? 0)) continue;
    for (const event of commit.events) events.push({ ...event, stream_sequence: sequence });
    for (const change of commit.changes) {
      const table = rows[change.table];
      const key = `${groupId}/${change.todoId ?? ""}/${change.id}`;
      table.set(key, { groupId, change, op: fold(table.get(key)?.op, change.op) });
    }
    noteOffset(commit, offsets, gaps);
  }
  return {
    events,
    todos: rowOps(rows.todos, ({ groupId, change }) => ({ group_id: groupId, todo_id: change.id })),
    comments: rowOps(rows.todo_comments, ({ groupId, change }) => ({
      group_id: groupId,
      todo_id: change.todoId ?? "",
      comment_id: change.id,
    })),
    groups: rowOps(rows.groups, ({ groupId }) => ({ group_id: groupId })),
    members: rowOps(
      rows.group_members,
      ({ groupId, change }) => ({ group_id: groupId, user_id: change.id }),
    ),
    offsets: [...offsets.values()],
    gaps,
  };
}

function noteOffset(commit: Commit, offsets: Map<string, OffsetRow>, gaps: Gap[]): void {
  const { groupId, events } = commit;
  const before = offsets.get(groupId);
  let after = before?.version ?? commit.firstVersion - 1;
  const note = (kind: Gap["kind"], found: number) =>
    gaps.push({ kind, group_id: groupId, after, found });
  const follows = before && commit.firstVersion === after + 1;
  if (follows && commit.previousHash !== before.message_hash) note("prevhash", commit.firstVersion);
  for (const { version } of events) {
    if (version !== after + 1) note("version", version);
    after = version;
  }
  offsets.set(groupId, {
    group_id: groupId,
    first_version: before?.first_version ?? commit.firstVersion,
    version: commit.version,
    stream_sequence: commit.sequence,
    previous_hash: before?.previous_hash ?? commit.previousHash,
    message_hash: commit.hash,
  });
}

function rowOps<K extends string>(
  rows: Map<string, Folded>,
  keyOf: (folded: Folded) => Record<K, string>,
): RowOp<K>[] {
  return Array.from(
    rows.values(),
    (folded) => ({ key: keyOf(folded), version: folded.change.version, op: folded.op }),
  );
}

/** Parts `rows` by what is done to them. */
export function partition<K extends string>(rows: readonly RowOp<K>[]): {
  readonly puts: readonly { key: Record<K, string>; version: number; row: Fields }[];
  readonly patches: readonly {
    key: Record<K, string>;
    version: number;
    set: Fields;
    unset: readonly string[];
  }[];
  readonly removals: readonly { key: Record<K, string>; version: number }[];
} {
  const puts = [], patches = [], removals = [];
  for (const { key, version, op } of rows) {
    if (op.kind === "put") puts.push({ key, version, row: op.row });
    else if (op.kind === "patch") patches.push({ key, version, set: op.set, unset: op.unset });
    else removals.push({ key, version });
  }
  return { puts, patches, removals };
}
