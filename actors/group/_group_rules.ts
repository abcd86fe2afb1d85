/** Rules of the commands about the group itself: name, columns, labels, deletion and restoration. */
import type { Column, GroupChanges, Label } from "../protocol/mod.ts";
import { type Draft, emit } from "./_draft.ts";
import { DONE_COLUMN, type GroupState, same, todosOf } from "./fold/mod.ts";
import { invalid, type Refusal, refuse } from "./_refusal.ts";

const DEFAULT_COLUMNS: readonly Column[] = [
  { id: "todo", title: "To do" },
  { id: "doing", title: "Doing" },
  { id: DONE_COLUMN, title: "Done" },
];

export function createGroup(draft: Draft, { name }: { readonly name: string }): Refusal {
  const { group_id, actor } = draft.command;
  if (draft.state.version > 0) {
    return refuse("conflict", `Cannot create group "${group_id}": the id is in use`);
  }
  emit(draft, "group.created", { name, columns: DEFAULT_COLUMNS });
  return emit(draft, "member.added", { user_id: actor, role: "owner" });
}

export function renameGroup(draft: Draft, { name }: { readonly name: string }): Refusal {
  return updateGroup(draft, { name });
}

export function updateColumns(
  draft: Draft,
  { columns }: { readonly columns: readonly Column[] },
): Refusal {
  const twice = duplicateId(columns);
  if (twice !== undefined) {
    return invalid("columns", "distinct", `Column "${twice}" is named twice`);
  }
  const held = heldColumn(draft.state, columns);
  if (held !== undefined) {
    return refuse("conflict", `Cannot remove column "${held}": it still holds todos`);
  }
  return updateGroup(draft, { columns });
}

export function updateLabels(
  draft: Draft,
  { labels }: { readonly labels: readonly Label[] },
): Refusal {
  const twice = duplicateId(labels);
  if (twice !== undefined) return invalid("labels", "distinct", `Label "${twice}" is named twice`);
  return updateGroup(draft, { labels });
}

export function deleteGroup(draft: Draft): Refusal {
  return emit(draft, "group.deleted", {});
}

export function restoreGroup(draft: Draft): Refusal {
  if (draft.state.deleted_at === undefined) return keepGroup(draft);
  return emit(draft, "group.restored", {});
}

/** Accepts a command that finds the group as it wants it: an event without changes. */
export function keepGroup(draft: Draft): undefined {
  return updateGroup(draft, {});
}

/** A column of the group that holds todos and is not among `columns`. */
export function heldColumn(state: GroupState, columns: readonly Column[]): string | undefined {
  const kept = new Set(columns.map(({ id }) => id));
  const removed = state.columns.filter(({ id }) => !kept.has(id));
  if (removed.length === 0) return undefined;
  const holding = new Set(todosOf(state).map(({ status }) => status));
  return removed.find(({ id }) => holding.has(id))?.id;
}

type GroupFields = Partial<Pick<GroupState, "name" | "columns" | "labels">>;

function updateGroup(draft: Draft, fields: GroupFields): undefined {
  const changes: GroupChanges = Object.fromEntries(
    (Object.keys(fields) as (keyof GroupFields)[])
      .filter((field) => !same(draft.state[field], fields[field]))
      .map((field) => [field, { from: draft.state[field], to: fields[field] }]),
  );
  return emit(draft, "group.updated", { changes });
}

function duplicateId(items: readonly { readonly id: string }[]): string | undefined {
  const seen = new Set<string>();
  return items.find(({ id }) => seen.size === seen.add(id).size)?.id;
}
