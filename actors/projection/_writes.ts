/** Turns a plan into statements with their parameters, and runs them in a transaction. */
import type { Sql } from "../platform/mod.ts";
import type { Fields } from "./_ops.ts";
import { partition, type Plan, type RowOp } from "./plan.ts";
import * as statements from "./_statements.ts";

export type Statement = readonly [text: string, ...parameters: (string | number)[]];

/** What the function given to `sql.begin` gets. */
export type Transaction = Parameters<Parameters<Sql["begin"]>[1]>[0];

/**
 * Runs statements in `transaction`, in the order of the calls; those not awaited one by one travel together.
 */
export function runnerOf(transaction: Transaction) {
  return ([text, ...parameters]: Statement) =>
    transaction.unsafe(text, parameters, { prepare: true }).execute();
}

/** The statements that have rows, in the order in which they must run. */
export function writesOf(plan: Plan, shard: number): Statement[] {
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
