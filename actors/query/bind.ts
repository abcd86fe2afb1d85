/**
 * Binds a filter to a moment, to who asks and to a group: relative days become days, names become ids, days
 * of instants become the instants between which they lie. Pure.
 */
import { didYouMean } from "../protocol/plain/mod.ts";
import { addDays, dateIn, startOfDay } from "./calendar.ts";
import type { Comparison, Condition } from "./condition.ts";
import { QueryError, quoted } from "./error.ts";
import type { Day, Expression, Filter, NamedField, Term } from "./expression.ts";
import { foldCase } from "./fold_case.ts";

/** Something with an id that people know by a name. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

/** What the things of a group are called. */
export interface GroupNames {
  readonly labels: readonly Choice[];
  readonly columns: readonly Choice[];
  readonly members: readonly Choice[];
}

export interface FilterContext {
  /** What day it is, with `timeZone`; milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Who `me` is. */
  readonly userId: string;
  /** Of the group; not looked at by a filter that needs no names. */
  readonly names: GroupNames;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The condition that `filter` means in `context`.
 *
 * @throws {QueryError} `unknown-value` when the group has no member or column of a name, or has a label of
 * almost that name
 */
export function bindFilter(filter: Filter, context: FilterContext): Condition {
  return bind(filter.expression, context);
}

function bind(expression: Expression, context: FilterContext): Condition {
  switch (expression.kind) {
    case "and":
    case "or":
      return {
        kind: expression.kind,
        parts: expression.parts.map((part) => bind(part, context)),
      };
    case "not":
      return { kind: "not", part: bind(expression.part, context) };
    case "due":
      return { kind: "due", op: expression.op, date: dateOf(expression.day, context) };
    case "instant":
      return bindInstant(expression, context);
    case "me":
      return { kind: "id", field: expression.field, ids: [context.userId] };
    case "named":
      return bindName(expression, context.names);
    case "text": {
      const { fields, how } = expression;
      const text = foldCase(expression.text);
      const parts = fields.map((field): Condition => ({ kind: "text", field, how, text }));
      return parts.length === 1 && parts[0] ? parts[0] : { kind: "or", parts };
    }
    default:
      return expression;
  }
}

function dateOf(day: Day, { nowMs, timeZone }: FilterContext): string {
  return "date" in day ? day.date : addDays(dateIn(nowMs, timeZone), day.days);
}

function bindInstant(
  { field, op, moment }: Extract<Term, { kind: "instant" }>,
  context: FilterContext,
): Condition {
  if ("ms" in moment) return { kind: "instant", field, op, ms: moment.ms };
  const { timeZone } = context;
  const date = dateOf(moment, context);
  const edge = (op: Comparison, day: string): Condition => ({
    kind: "instant",
    field,
    op,
    ms: startOfDay(day, timeZone),
  });
  switch (op) {
    case "=":
      return { kind: "and", parts: [edge(">=", date), edge("<", addDays(date, 1))] };
    case "<":
    case ">=":
      return edge(op, date);
    case "<=":
      return edge("<", addDays(date, 1));
    case ">":
      return edge(">=", addDays(date, 1));
    default:
      return op satisfies never;
  }
}

function bindName(
  { field, name, position }: Extract<Term, { kind: "named" }>,
  names: GroupNames,
): Condition {
  const condition = (ids: readonly string[]): Condition =>
    field === "label" ? { kind: "label", ids } : { kind: "id", field, ids };
  const wanted = foldCase(name);
  const { what, choices } = choicesOf(field, names);
  const ids = choices
    .filter((choice) => choice.id === name || foldCase(choice.name) === wanted)
    .map(({ id }) => id);
  if (ids.length > 0) return condition(ids);
  // Of somebody who has left, or of a label that was taken away: todos may still have it.
  if (UUID.test(name)) return condition([name]);
  const guess = didYouMean(name, choices.map((choice) => choice.name));
  // Labels come and go: a filter that is kept goes on, and no todo has a label that is not there.
  if (field === "label" && guess === "") return condition([]);
  throw new QueryError(
    "unknown-value",
    position,
    `the group has no ${what} of the name or id ${quoted(name)}${guess}`,
  );
}

function choicesOf(field: NamedField, names: GroupNames) {
  switch (field) {
    case "label":
      return { what: "label", choices: names.labels };
    case "status":
      return { what: "column", choices: names.columns };
    default:
      return { what: "member", choices: names.members };
  }
}
