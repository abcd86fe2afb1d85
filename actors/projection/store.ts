/**
 * The projection's side of Postgres: where a stream has been projected to, and one transaction per batch
 * that writes rows and offset together. The offset moves only from where this projector left it, so that
 * two projectors, or a restored backup, can never mix.
 */
import type { Sql } from "../platform/mod.ts";
import { ProjectionError } from "./errors.ts";
import type { Gap, Plan } from "./plan.ts";
import * as statements from "./_statements.ts";
import { runnerOf, type Transaction, writesOf } from "./_writes.ts";

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
  /**
   * The groups last written after stream sequence `after` up to `upTo`, with their projected versions; among
   * them some of other streams, which count for themselves.
   */
  writtenIn(range: { after: number; upTo: number }): Promise<readonly GroupVersion[]>;
}

export interface GroupVersion {
  readonly group_id: string;
  readonly version: number;
}

export interface StoreOptions {
  /** Runs at the start of every transaction, which ends without a trace if it throws. */
  readonly guard?: (transaction: Transaction) => Promise<void>;
}

/** The store in the database of `sql`. */
export function postgresStore(sql: Sql, { guard }: StoreOptions = {}): Store {
  return {
    position: (identity) => position(sql, identity),
    apply: (plan, options) => apply(sql, plan, { ...options, guard }),
    // Reads the whole table: asked once at each start.
    writtenIn: async ({ after, upTo }) =>
      Array.from(
        await sql<GroupVersion[]>`
          select group_id, version::float8 as version
          from group_projection_offsets
          where stream_sequence > ${after} and stream_sequence <= ${upTo}`,
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

async function apply(
  sql: Sql,
  plan: Plan,
  options: ApplyOptions & { readonly guard: StoreOptions["guard"] },
): Promise<readonly Gap[]> {
  const { identity: { stream, epoch, shard }, after, upTo, guard } = options;
  const gaps = await sql.begin(async (transaction) => {
    await guard?.(transaction);
    const run = runnerOf(transaction);
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
