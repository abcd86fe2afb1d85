/**
 * The projection's side of Postgres: where a stream has been projected to, and one transaction per batch
 * that writes rows and offset together. The offset moves only from where this projector left it, so that
 * two projectors, or a restored backup, can never mix.
 */
import type { Sql } from "../platform/mod.ts";
import type { Fields } from "./_ops.ts";
import { ProjectionError } from "./errors.ts";
import { type Gap, partition, type Plan, type RowOp } from "./plan.ts";
import * as statements from "./_statements.ts";

/** A stream of the log: its name, shard and incarnation. */
export interface StreamIdentity {
  readonly stream: string;
  readonly shard: number;
  /** When the stream was created, as its server says. */
  readonly epoch: string;
}

export interface ApplyOptions {
  readonly identity: StreamIdentity;
  /** Sequence of the last message projected before the batch, and of the last one in it. */
  readonly after: number;
  readonly upTo: number;
}

/** Where projections are kept. */
export interface Store {
  /**
   * Sequence of the last projected message of the stream; 0 for a new one.
   *
   * @throws {ProjectionError} `epoch-mismatch` when the tables come from another incarnation of it
   */
  position(identity: StreamIdentity): Promise<number>;
  /**
   * Writes a batch and its offset in one transaction.
   *
   * @returns the gaps between what was projected before and the batch
   * @throws {ProjectionError} `offset-moved` when the stream is not projected up to `after`
   */
  apply(plan: Plan, options: ApplyOptions): Promise<readonly Gap[]>;
  /** The groups last written after stream sequence `after`, with their projected versions. */
  writtenAfter(after: number): Promise<readonly GroupVersion[]>;
}

export interface GroupVersion {
  readonly group_id: string;
  readonly version: number;
}

/** The store in the database of `sql`. */
export function postgresStore(sql: Sql): Store {
  return {
    position: (identity) => position(sql, identity),
    apply: (plan, options) => apply(sql, plan, options),
    // Reads the whole table: asked once at each start.
    writtenAfter: async (after) =>
      Array.from(
        await sql<GroupVersion[]>`
          select group_id, version::float8 as version
          from group_projection_offsets where stream_sequence > ${after}`,
      ),
  };
}

async function position(sql: Sql, { stream, epoch }: StreamIdentity): Promise<number> {
  await sql`
    insert into projection_streams (stream, epoch, last_sequence) values (${stream}, ${epoch}, 0)
    on conflict (stream) do nothing`;
  const [row] = await sql<{ epoch: string; last_sequence: number }[]>`
    select epoch, last_sequence::float8 as last_sequence
    from projection_streams where stream = ${stream}`;
  if (!row) throw new ProjectionError("offset-moved", `The offset of "${stream}" was deleted`);
  if (row.epoch !== epoch) {
    throw new ProjectionError(
      "epoch-mismatch",
      `Cannot project "${stream}": it was created at ${epoch}, but the tables were filled from one ` +
        `created at ${row.epoch}; empty the read model to rebuild it from this one`,
    );
  }
  return row.last_sequence;
}

type Statement = readonly [text: string, ...parameters: (string | number)[]];

async function apply(sql: Sql, plan: Plan, options: ApplyOptions): Promise<readonly Gap[]> {
  const { identity: { stream, epoch, shard }, after, upTo } = options;
  const gaps = await sql.begin(async (transaction) => {
    const run = ([text, ...parameters]: Statement) =>
      transaction.unsafe(text, parameters, { prepare: true });
    // Not awaited one by one: the statements travel together, the server runs them in this order.
    const moved = run([statements.MOVE_OFFSET, stream, epoch, after, upTo]);
    const found = plan.offsets.length > 0
      ? run([statements.FIND_GAPS, JSON.stringify(plan.offsets)])
      : [];
    const writes = writesOf(plan, shard).map(run);
    const [movedRows, foundRows] = await Promise.all([moved, found, ...writes]);
    if (movedRows.length === 0) {
      throw new ProjectionError("offset-moved", `"${stream}" is not projected up to ${after}`);
    }
    return foundRows;
  });
  return Array.from(gaps as Iterable<Gap>);
}

/** The statements that have rows, in the order in which they must run. */
function writesOf(plan: Plan, shard: number): Statement[] {
  const todos = partition(plan.todos);
  const comments = partition(plan.comments);
  const groups = partition(plan.groups);
  const members = partition(plan.members);
  const writes: (readonly [text: string, rows: readonly object[], ...parameters: number[]])[] = [
    [statements.APPEND_EVENTS, plan.events, shard],
    [statements.PUT_TODOS, todos.puts.map(todoRow)],
    [statements.PATCH_TODOS, todos.patches.map(flat)],
    [statements.PUT_COMMENTS, comments.puts.map(flat)],
    [statements.PATCH_COMMENTS, comments.patches.map(flat)],
    [statements.REMOVE_COMMENTS, comments.removals.map(flat)],
    [statements.PUT_GROUPS, groups.puts.map(flat)],
    [statements.PATCH_GROUPS, groups.patches.map(flat)],
    [statements.PUT_MEMBERS, members.puts.map(flat)],
    [statements.PATCH_MEMBERS, members.patches.map(flat)],
    [statements.REMOVE_MEMBERS, members.removals.map(flat)],
    // Last: the statements before compare with the offsets as they were.
    [statements.MOVE_GROUP_OFFSETS, plan.offsets],
  ];
  return writes
    .filter(([, rows]) => rows.length > 0)
    .map(([text, rows, ...parameters]) => [text, JSON.stringify(rows), ...parameters]);
}

type PlannedRow = Omit<RowOp<string>, "op"> & { readonly row?: Fields };

/** The todo's own fields as one document, what is not of them beside it. */
function todoRow({ key, row }: { readonly key: Fields; readonly row: Fields }): object {
  const { deleted_at, ...data } = row;
  return { ...key, data, deleted_at };
}

/** Key, version and fields side by side, as the statements read them. */
function flat({ key, row, ...rest }: PlannedRow): object {
  return { ...row, ...key, ...rest };
}
