/** What a todo's fields may hold in this group, and what differs between two of its values. */
import type { Recurrence, Todo, TodoChanges } from "../protocol/mod.ts";
import { type GroupState, hasColumn, memberRole, same } from "./fold/mod.ts";
import { ruleFault } from "./_recurrence.ts";
import { invalid, type Refusal } from "./_refusal.ts";

/** Fields of a todo that an update may change, in the order in which events list them. */
export const CHANGEABLE = [
  "title",
  "description",
  "status",
  "completed",
  "completed_at",
  "priority",
  "due",
  "recurrence",
  "reminders",
  "assignee",
  "labels",
  "checklist",
  "position",
] as const satisfies readonly (keyof TodoChanges)[];

/** The fields that commands set besides the title; `undefined`: the todo goes without. */
export type FieldValues =
  & {
    readonly [K in "description" | "priority" | "due" | "recurrence" | "reminders" | "assignee"]?:
      | Todo[K]
      | undefined;
  }
  & {
    readonly title?: string;
    readonly labels?: readonly string[] | undefined;
    readonly checklist?: Todo["checklist"] | undefined;
  };

/** `fields` with what means "none" (`null`, an empty text or list) as `undefined`. */
export function withoutEmpty(fields: Readonly<Record<string, unknown>>): FieldValues {
  const values: Record<string, unknown> = {};
  for (const field in fields) {
    const value = fields[field];
    values[field] = isEmpty(value) ? undefined : value;
  }
  return values;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** `object` without the fields that are `undefined`. */
export function definedFields<T extends object>(object: T): T {
  const defined: Partial<T> = {};
  for (const field in object) if (object[field] !== undefined) defined[field] = object[field];
  return defined as T;
}

/** Refuses values that mean nothing in this group; what `current` holds already may stay. */
export function checkFields(state: GroupState, fields: FieldValues, current?: Todo): Refusal {
  const { assignee, labels = [], recurrence } = fields;
  if (assignee !== undefined && assignee !== current?.assignee && !memberRole(state, assignee)) {
    return invalid(
      "assignee",
      "member",
      `Cannot assign to "${assignee}": not a member of the group`,
    );
  }
  const unknown = labels.find((label) =>
    !state.labels.some(({ id }) => id === label) && !current?.labels?.includes(label)
  );
  if (unknown !== undefined) {
    return invalid("labels", "label", `Label "${unknown}" does not exist in the group`);
  }
  if (new Set(labels).size < labels.length) {
    return invalid("labels", "distinct", "A label is named twice");
  }
  return recurrence && checkRecurrence(recurrence);
}

function checkRecurrence({ rule }: Recurrence): Refusal {
  const fault = ruleFault(rule);
  return fault === undefined
    ? undefined
    : invalid("recurrence/rule", "rule", `Cannot repeat by "${rule}": ${fault}`);
}

/** Refuses a column that the group does not have. */
export function checkColumn(state: GroupState, column: string): Refusal {
  return hasColumn(state, column)
    ? undefined
    : invalid("status", "column", `Column "${column}" does not exist in the group`);
}

/** What differs from `before` to `after`, both sides of each field. */
export function changesBetween(before: Todo, after: Todo): TodoChanges {
  const changes: Record<string, unknown> = {};
  for (const field of CHANGEABLE) {
    const [from, to] = [before[field], after[field]];
    if (!same(from, to)) changes[field] = definedFields({ from, to });
  }
  return changes;
}
