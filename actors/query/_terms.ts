/**
 * The conditions of the language: which fields there are, what can be said of each, and the words that stand
 * for a whole condition. Pure.
 */
import { didYouMean } from "../protocol/plain/mod.ts";
import type { Scanned } from "./_scanner.ts";
import { readDay, readMoment, readNumber, readPriority, readSwitch, readWord } from "./_values.ts";
import { type Comparison, PARTS, type TextField } from "./condition.ts";
import { QueryError, quoted } from "./error.ts";
import type { Expression, NamedField, Term } from "./expression.ts";

/** In the order in which they are looked for: those that begin another one come after it. */
export const OPERATORS = ["!=", "<=", ">=", ":", "=", "<", ">"] as const;
export type Operator = (typeof OPERATORS)[number];

const EQUALITY: readonly Operator[] = [":", "=", "!="];

interface Field {
  readonly operators: readonly Operator[];
  /** `op` is never `!=`: the whole is negated then. */
  readonly read: (value: Scanned, op: Comparison, operator: Operator) => Expression;
}

const not = (part: Expression): Expression => ({ kind: "not", part });
const isNone = ({ text }: Scanned) => text.toLowerCase() === "none";
const due = (op: Comparison, days: number): Term => ({ kind: "due", op, day: { days } });
const priority = (value: number): Term => ({ kind: "number", field: "priority", op: "=", value });

/** A field that a todo may be without, which `none` stands for. */
function optional(part: "due" | "priority", read: Field["read"]): Field {
  return {
    operators: OPERATORS,
    read: (value, op, operator) =>
      isNone(value) && op === "=" ? not({ kind: "has", part }) : read(value, op, operator),
  };
}

/** A field that holds what the group knows by a name. */
function named(field: NamedField): Field {
  return {
    operators: EQUALITY,
    read: (value) => {
      const isPerson = field !== "label" && field !== "status";
      if (isPerson && value.text.toLowerCase() === "me") return { kind: "me", field };
      const part = field === "label" || field === "assignee" ? field : undefined;
      if (part !== undefined && isNone(value)) return not({ kind: "has", part });
      return { kind: "named", field, name: value.text, position: value.position };
    },
  };
}

function instant(field: "created_at" | "updated_at" | "completed_at"): Field {
  return {
    operators: OPERATORS,
    read: (value, op) => ({ kind: "instant", field, op, moment: readMoment(value) }),
  };
}

function text(...fields: TextField[]): Field {
  return {
    operators: EQUALITY,
    read: ({ text, position }, _op, operator) => {
      if (text === "") throw new QueryError("unknown-value", position, "expected some text");
      const how = operator === ":" ? "contains" : "equals";
      return { kind: "text", fields, how, text };
    },
  };
}

const FIELDS: Readonly<Record<string, Field>> = {
  due: optional("due", (value, op) => ({ kind: "due", op, day: readDay(value) })),
  done: {
    operators: EQUALITY,
    read: (value) => readSwitch(value) ? { kind: "done" } : not({ kind: "done" }),
  },
  label: named("label"),
  status: named("status"),
  column: named("status"),
  assignee: named("assignee"),
  created_by: named("created_by"),
  updated_by: named("updated_by"),
  priority: optional(
    "priority",
    (value, op) => ({ kind: "number", field: "priority", op, value: readPriority(value) }),
  ),
  number: {
    operators: OPERATORS,
    read: (value, op) => ({ kind: "number", field: "number", op, value: readNumber(value) }),
  },
  created: instant("created_at"),
  updated: instant("updated_at"),
  completed: instant("completed_at"),
  title: text("title"),
  description: text("description"),
  checklist: text("checklist"),
  comment: text("comment"),
  text: text("title", "description", "checklist", "comment"),
  has: { operators: EQUALITY, read: (value) => ({ kind: "has", part: readWord(value, PARTS) }) },
};

/** Words that are conditions by themselves. */
const WORDS: Readonly<Record<string, Expression>> = {
  done: { kind: "done" },
  overdue: { kind: "and", parts: [due("<", 0), not({ kind: "done" })] },
  today: due("=", 0),
  tomorrow: due("=", 1),
  p1: priority(1),
  p2: priority(2),
  p3: priority(3),
  p4: priority(4),
};

/**
 * The condition that `word` is.
 *
 * @throws {QueryError} `unknown-field`
 */
export function conditionOf(word: Scanned): Expression {
  const name = word.text.toLowerCase();
  const found = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  if (found) return found;
  if (Object.hasOwn(FIELDS, name)) {
    throw new QueryError(
      "syntax",
      word.position,
      `expected one of : = != < <= > >= and a value after "${name}"`,
    );
  }
  throw unknown(word);
}

/**
 * What a comparison says.
 *
 * @throws {QueryError} when there is no such field, or it cannot be compared so
 */
export function comparisonOf(
  field: Scanned,
  { operator, position, value }: {
    readonly operator: Operator;
    /** Where the operator stands. */
    readonly position: number;
    readonly value: Scanned;
  },
): Expression {
  const name = field.text.toLowerCase();
  const known = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (!known) throw unknown(field);
  if (!known.operators.includes(operator)) {
    const expected = `expected one of ${known.operators.join(" ")} after "${name}"`;
    throw new QueryError("unknown-operator", position, `${expected}; not ${operator}`);
  }
  const isNegated = operator === "!=";
  const op = isNegated || operator === ":" ? "=" : operator;
  const read = known.read(value, op, operator);
  return isNegated ? not(read) : read;
}

function unknown({ text, position }: Scanned): QueryError {
  const known = [...new Set([...Object.keys(FIELDS), ...Object.keys(WORDS)])];
  const guess = didYouMean(text, known) ||
    `; to look for text write ${quoted(`text:${text}`).slice(1, -1)}`;
  const reason = `${quoted(text)} is no condition: known are ${known.join(", ")}${guess}`;
  return new QueryError("unknown-field", position, reason);
}
