/** Whether a todo fulfils a condition. Pure; agrees with the SQL that the edge makes of the same condition. */
import type { Todo } from "../protocol/plain/mod.ts";
import type { Comparison, Condition, Part, TextField } from "./condition.ts";
import { foldCase } from "./fold_case.ts";

/** Whether `todo` fulfils `condition`. */
export function matches(condition: Condition, todo: Todo): boolean {
  switch (condition.kind) {
    case "and":
      return condition.parts.every((part) => matches(part, todo));
    case "or":
      return condition.parts.some((part) => matches(part, todo));
    case "not":
      return !matches(condition.part, todo);
    case "done":
      return todo.completed;
    case "has":
      return hasPart(todo, condition.part);
    case "due":
      return compares(todo.due?.date, condition.op, condition.date);
    case "instant": {
      const instant = todo[condition.field];
      return instant !== undefined && compares(Date.parse(instant), condition.op, condition.ms);
    }
    case "number":
      return compares(todo[condition.field], condition.op, condition.value);
    case "id": {
      const id = todo[condition.field];
      return id !== undefined && condition.ids.includes(id);
    }
    case "label":
      return condition.ids.some((id) => todo.labels?.includes(id));
    case "text": {
      const { how, text } = condition;
      return textsOf(todo, condition.field).map(foldCase).some((folded) =>
        how === "equals" ? folded === text : folded.includes(text)
      );
    }
    default:
      return condition satisfies never;
  }
}

function textsOf(todo: Todo, field: TextField): readonly string[] {
  switch (field) {
    case "title":
      return [todo.title];
    case "description":
      return todo.description === undefined ? [] : [todo.description];
    case "checklist":
      return todo.checklist?.map(({ text }) => text) ?? [];
    case "comment":
      return todo.comments?.map(({ text }) => text) ?? [];
    default:
      return field satisfies never;
  }
}

function hasPart(todo: Todo, part: Part): boolean {
  switch (part) {
    case "due":
    case "assignee":
    case "priority":
    case "recurrence":
      return todo[part] !== undefined;
    case "description":
      return (todo.description ?? "") !== "";
    case "checklist":
      return isFilled(todo.checklist);
    case "label":
      return isFilled(todo.labels);
    case "reminder":
      return isFilled(todo.reminders);
    case "comment":
      return isFilled(todo.comments);
    default:
      return part satisfies never;
  }
}

function isFilled(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

/** Texts are compared by code units; what is not there compares with nothing. */
function compares<T extends string | number>(
  value: T | undefined,
  op: Comparison,
  other: T,
): boolean {
  if (value === undefined) return false;
  switch (op) {
    case "=":
      return value === other;
    case "<":
      return value < other;
    case "<=":
      return value <= other;
    case ">":
      return value > other;
    case ">=":
      return value >= other;
    default:
      return op satisfies never;
  }
}
