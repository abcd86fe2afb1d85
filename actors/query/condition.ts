/**
 * What a filter means once it is bound: nothing in it depends on the clock, on who asks, or on names. The one
 * form from which both answers come, that of the evaluator and that of the SQL. Pure data.
 */

export type Comparison = "=" | "<" | "<=" | ">" | ">=";

/** Parts of a todo that it may have or not. */
export const PARTS = [
  "due",
  "label",
  "assignee",
  "priority",
  "description",
  "checklist",
  "recurrence",
  "reminder",
  "comment",
] as const;
export type Part = (typeof PARTS)[number];

/** Fields that are instants. */
export type InstantField = "created_at" | "updated_at" | "completed_at";
/** Texts of a todo; of the last two it may have several. */
export type TextField = "title" | "description" | "checklist" | "comment";
/** Fields that hold one id. */
export type IdField = "status" | "assignee" | "created_by" | "updated_by";

/** Each is true or false of every todo: a comparison with what a todo does not have is false. */
export type Condition =
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | { readonly kind: "done" }
  | { readonly kind: "has"; readonly part: Part }
  /** Of the due date as it is written, YYYY-MM-DD. */
  | { readonly kind: "due"; readonly op: Comparison; readonly date: string }
  /** `ms` since the Unix epoch. */
  | {
    readonly kind: "instant";
    readonly field: InstantField;
    readonly op: Comparison;
    readonly ms: number;
  }
  | {
    readonly kind: "number";
    readonly field: "priority" | "number";
    readonly op: Comparison;
    readonly value: number;
  }
  /** The field is one of `ids`. */
  | { readonly kind: "id"; readonly field: IdField; readonly ids: readonly string[] }
  /** One of the todo's labels is one of `ids`; never, when there are none. */
  | { readonly kind: "label"; readonly ids: readonly string[] }
  /** One of the texts; `text` is folded (`foldCase`). */
  | {
    readonly kind: "text";
    readonly field: TextField;
    readonly how: "contains" | "equals";
    readonly text: string;
  };
