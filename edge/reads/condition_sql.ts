/**
 * Compiles a condition to SQL about a row of `todos`; agrees with the evaluator of the query language. Values
 * are parameters always. Pure.
 */
import type { Condition } from "../../actors/query/mod.ts";
import type { SqlText } from "./sql_text.ts";

/** The text of `condition`; true of exactly the rows whose todo fulfils it. */
export function conditionSql(sql: SqlText, condition: Condition): string {
  return compile(sql, condition, false);
}

/** What is negated goes down to single comparisons, where what is missing compares with nothing. */
function compile(sql: SqlText, condition: Condition, negated: boolean): string {
  switch (condition.kind) {
    case "and":
    case "or": {
      const word = (condition.kind === "and") === negated ? " or " : " and ";
      return `(${condition.parts.map((part) => compile(sql, part, negated)).join(word)})`;
    }
    case "not":
      return compile(sql, condition.part, !negated);
    case "done":
      return negated ? "not todos.completed" : "todos.completed";
    default: {
      const text = single(sql, condition);
      return negated ? `(${text}) is not true` : text;
    }
  }
}

type Single = Exclude<Condition, { readonly kind: "and" | "or" | "not" | "done" }>;
type TextField = Extract<Condition, { readonly kind: "text" }>["field"];
type Part = Extract<Condition, { readonly kind: "has" }>["part"];

const INSTANTS = {
  created_at: "todos.created_at",
  updated_at: "todos.updated_at",
  completed_at: "(todos.data ->> 'completed_at')::timestamptz",
} as const;
const NUMBERS = { number: "todos.number", priority: "(todos.data ->> 'priority')::int" } as const;
const IDS = {
  status: "todos.status",
  assignee: "todos.data ->> 'assignee'",
  created_by: "todos.created_by",
  updated_by: "todos.updated_by",
} as const;
/** The comments of a todo, for more conditions to follow. */
const COMMENTS = "todo_comments comment " +
  "where comment.group_id = todos.group_id and comment.todo_id = todos.todo_id";
/** What one text is called, and where the several of a todo come from. */
const TEXTS: Readonly<Record<TextField, { readonly text: string; readonly from?: string }>> = {
  title: { text: "todos.title" },
  description: { text: "todos.data ->> 'description'" },
  checklist: {
    text: "item #>> '{}'",
    from: "jsonb_path_query(todos.data, '$.checklist[*].text') as item where true",
  },
  comment: { text: "comment.text", from: COMMENTS },
};
const PARTS: Readonly<Record<Part, string>> = {
  due: "todos.data ? 'due'",
  assignee: "todos.data ? 'assignee'",
  priority: "todos.data ? 'priority'",
  recurrence: "todos.data ? 'recurrence'",
  description: "todos.data ->> 'description' <> ''",
  label: "jsonb_array_length(todos.data -> 'labels') > 0",
  checklist: "jsonb_array_length(todos.data -> 'checklist') > 0",
  reminder: "jsonb_array_length(todos.data -> 'reminders') > 0",
  comment: `exists (select 1 from ${COMMENTS})`,
};

function single(sql: SqlText, condition: Single): string {
  switch (condition.kind) {
    case "has":
      return PARTS[condition.part];
    case "due": {
      const date = sql.value(condition.date, "text");
      return `(todos.data #>> '{due,date}') collate "C" ${condition.op} ${date}`;
    }
    case "instant": {
      const instant = sql.value(new Date(condition.ms).toISOString(), "timestamptz");
      return `${INSTANTS[condition.field]} ${condition.op} ${instant}`;
    }
    case "number":
      return `${NUMBERS[condition.field]} ${condition.op} ${sql.value(condition.value, "int")}`;
    case "id":
      return `${IDS[condition.field]} in ${sql.texts(condition.ids)}`;
    case "label":
      if (condition.ids.length === 0) return "false";
      return `(${
        condition.ids.map((id) => `todos.data -> 'labels' ? ${sql.value(id, "text")}`).join(" or ")
      })`;
    case "text": {
      const { text, from } = TEXTS[condition.field];
      const folded = `lower((${text}) collate "pg_c_utf8")`;
      const wanted = sql.value(condition.text, "text");
      const fits = condition.how === "equals"
        ? `${folded} = ${wanted}`
        : `strpos(${folded}, ${wanted}) > 0`;
      return from === undefined ? fits : `exists (select 1 from ${from} and ${fits})`;
    }
    default:
      return condition satisfies never;
  }
}
