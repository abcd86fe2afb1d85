/**
 * Orders todos in SQL, and continues a list where a page ended: by the values that decided about the last
 * todo, not by counting, so that nothing is missed or repeated when rows come and go in between. Pure.
 */
import { type SortKey, type SortValue, TITLE_SORT_CHARS } from "../../actors/query/mod.ts";
import type { SqlText } from "./sql_text.ts";

/** A key of an order; `rank` is how well a todo fits what is searched for. */
export type OrderKey = SortKey | { readonly field: "rank"; readonly descending: true };

/** The best first, the newest first among equals. */
export const BEST_FIRST: readonly OrderKey[] = [
  { field: "rank", descending: true },
  { field: "number", descending: true },
];

interface Column {
  readonly expression: string;
  readonly type: "text" | "int" | "float4" | "timestamptz";
  /** Whether todos may be without it. */
  readonly isOptional?: true;
}

const COLUMNS: Readonly<Record<Exclude<OrderKey["field"], "rank">, Column>> = {
  position: { expression: "todos.position", type: "text" },
  due: {
    expression: "((todos.data #>> '{due,date}') || ' ' || " +
      "coalesce(todos.data #>> '{due,time}', '')) collate \"C\"",
    type: "text",
    isOptional: true,
  },
  priority: { expression: "(todos.data ->> 'priority')::int", type: "int", isOptional: true },
  created: { expression: "todos.created_at", type: "timestamptz" },
  updated: { expression: "todos.updated_at", type: "timestamptz" },
  title: {
    expression: `left(lower(todos.title collate "pg_c_utf8"), ${TITLE_SORT_CHARS}) collate "C"`,
    type: "text",
  },
  number: { expression: "todos.number", type: "int" },
};

/** What orders a list: its columns under the names `key_0`, `key_1`…, and the clause that orders by those. */
export interface OrderSql {
  readonly columns: string;
  readonly orderBy: string;
  /** What is true of rows behind `after`; "" without one. */
  readonly beyond: string;
}

/** The order by `keys`, behind `after`; `rank` is the expression of the key of that name. */
export function orderSql(
  sql: SqlText,
  keys: readonly OrderKey[],
  { after, rank }: { readonly after?: readonly SortValue[] | undefined; readonly rank: string },
): OrderSql {
  const columns = keys.map(({ field }): Column =>
    field === "rank" ? { expression: rank, type: "float4" } : COLUMNS[field]
  );
  // Not said of what every todo has: an index has its own word on where nulls are, and would not fit.
  const direction = ({ descending }: OrderKey, i: number) =>
    [descending ? " desc" : "", columns[i]?.isOptional ? " nulls last" : ""].join("");
  return {
    columns: columns.map(({ expression }, i) => `${expression} as key_${i}`).join(", "),
    orderBy: keys.map((key, i) => `key_${i}${direction(key, i)}`).join(", "),
    beyond: after === undefined ? "" : beyond(sql, keys, { columns, after }),
  };
}

/** Equal in the first keys and further on in the next one, for every key. */
function beyond(
  sql: SqlText,
  keys: readonly OrderKey[],
  { columns, after }: {
    readonly columns: readonly Column[];
    readonly after: readonly SortValue[];
  },
): string {
  const cases: string[] = [];
  const equal: string[] = [];
  for (const [i, { expression, type, isOptional }] of columns.entries()) {
    const value = after[i] ?? null;
    // Behind what is missing comes nothing: it is last.
    if (value === null) {
      equal.push(`${expression} is null`);
      continue;
    }
    const placeholder = sql.value(value, type);
    const further = `${expression} ${keys[i]?.descending ? "<" : ">"} ${placeholder}`;
    const missing = isOptional ? ` or ${expression} is null` : "";
    cases.push([...equal, `(${further}${missing})`].join(" and "));
    equal.push(`${expression} = ${placeholder}`);
  }
  return cases.length === 0 ? "false" : `(${cases.join(" or ")})`;
}
