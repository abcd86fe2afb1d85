/**
 * A filter as it was written: dates may be relative, and labels, columns and people may be named. Values are
 * checked as far as that can be done without knowing the group. Pure data.
 */
import type { Comparison, InstantField, Part, TextField } from "./condition.ts";

/** What people are named in. */
export type PersonField = "assignee" | "created_by" | "updated_by";
/** What labels, columns and people are named in. */
export type NamedField = "label" | "status" | PersonField;

/** A day, or how many days after today. */
export type Day = { readonly date: string } | { readonly days: number };
/** A day or an instant, in milliseconds since the Unix epoch. */
export type Moment = Day | { readonly ms: number };

export type Expression =
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  | Term;

export type Term =
  | { readonly kind: "done" }
  | { readonly kind: "has"; readonly part: Part }
  | { readonly kind: "due"; readonly op: Comparison; readonly day: Day }
  | {
    readonly kind: "instant";
    readonly field: InstantField;
    readonly op: Comparison;
    readonly moment: Moment;
  }
  | {
    readonly kind: "number";
    readonly field: "priority" | "number";
    readonly op: Comparison;
    readonly value: number;
  }
  /** The field holds the id of who asks. */
  | { readonly kind: "me"; readonly field: PersonField }
  | {
    readonly kind: "named";
    readonly field: NamedField;
    readonly name: string;
    /** Where `name` stands in the text. */
    readonly position: number;
  }
  | {
    readonly kind: "text";
    readonly fields: readonly TextField[];
    readonly how: "contains" | "equals";
    readonly text: string;
  };

/** A filter that can be bound. */
export interface Filter {
  readonly expression: Expression;
  /** Whether what it means changes from day to day. */
  readonly isRelative: boolean;
  /** Whether the group's labels, columns and members are needed to bind it. */
  readonly needsNames: boolean;
}
