/** What a plan makes of the read model as plain data, to compare with what its log must become. */
import type { Row, Tables } from "../check/mod.ts";
import { type Op, patched } from "../_ops.ts";
import type { Plan, RowOp } from "../plan.ts";

/** What the statements do with `plan`, in the same order and with the same guards. */
export function applyPlan(tables: Tables, plan: Plan): void {
  for (const { event_id, version } of plan.events) tables.events.set(event_id, version);
  const newer = ({ version }: RowOp<string>, row: Row | undefined) =>
    version > Number(row?.["version"] ?? 0);
  const news = ({ key, version }: RowOp<"group_id">) =>
    version > (tables.offsets.get(key.group_id) ?? 0);
  for (const row of plan.todos) applyRow(tables.todos, row, newer);
  for (const row of plan.groups) applyRow(tables.groups, row, newer);
  for (const row of plan.comments) applyRow(tables.comments, row, news);
  for (const row of plan.members) applyRow(tables.members, row, news);
  for (const { group_id, version } of plan.offsets) {
    tables.offsets.set(group_id, Math.max(version, tables.offsets.get(group_id) ?? 0));
  }
}

function applyRow<K extends string>(
  rows: Map<string, Row>,
  change: RowOp<K>,
  guard: (change: RowOp<K>, row: Row | undefined) => boolean,
): void {
  const key = Object.values(change.key).join("/");
  const row = rows.get(key);
  if (!guard(change, row)) return;
  const op: Op = change.op;
  const { version } = change;
  if (op.kind === "put") rows.set(key, { ...op.row, version });
  else if (op.kind === "remove") rows.delete(key);
  else if (row) rows.set(key, { ...patched(row, op), version });
}
