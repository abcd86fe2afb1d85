/** Lists of todos that are chosen or ordered by who asks, from the read model. */
import type { Sql } from "../../actors/platform/mod.ts";
import type { Todo } from "../../actors/protocol/mod.ts";
import {
  type Condition,
  NEWEST_FIRST,
  type SortKey,
  type SortValue,
  valuesOf,
} from "../../actors/query/mod.ts";
import { conditionSql } from "./condition_sql.ts";
import type { TaggedView } from "./entity_tags.ts";
import { BEST_FIRST, type OrderKey, orderSql } from "./order_sql.ts";
import { SqlText } from "./sql_text.ts";
import { standingText } from "./standing.ts";
import { itemOf, type TodoItem, type TodoRow, viewOf } from "./todos.ts";

/** Which todos of a group, and in what order. */
export interface Wanted {
  readonly condition?: Condition | undefined;
  /** Words that title or description have, the last of them perhaps not written to its end. */
  readonly words?: string | undefined;
  /** Without: the best first of what has the words, else the newest first. */
  readonly keys?: readonly SortKey[] | undefined;
  readonly limit: number;
  /** The values of the last todo of the page before, by {@link orderOf}. */
  readonly after?: readonly SortValue[] | undefined;
}

/** A page, and the values of its last todo when there are more behind it. */
export interface FoundPage extends TaggedView {
  readonly todos: readonly TodoItem[];
  readonly end: readonly SortValue[] | undefined;
}

/** The order of what is wanted. */
export function orderOf({ keys, words }: Wanted): readonly OrderKey[] {
  return keys ?? (words === undefined ? NEWEST_FIRST : BEST_FIRST);
}

/** A page of what `wanted` asks for. One statement, so that data, version and membership are of one moment. */
export async function findTodos(
  sql: Sql,
  { groupId, userId }: { readonly groupId: string; readonly userId: string },
  wanted: Wanted,
): Promise<FoundPage> {
  const { limit } = wanted;
  const text = new SqlText();
  const statement = statementOf(text, { groupId, userId, wanted });
  // Not kept by the server: there are as many of them as there are filters.
  const rows = await sql.unsafe<FoundRow[]>(statement, text.values);
  const found = rows.filter(({ todo_id }) => todo_id !== null);
  const last = found[limit - 1];
  return {
    ...viewOf(rows[0]),
    todos: found.slice(0, limit).map((row) => itemOf(groupId, row)),
    end: found.length > limit && last ? endOf(orderOf(wanted), last) : undefined,
  };
}

type FoundRow = TodoRow & { readonly [key: `key_${number}`]: unknown };

function statementOf(
  text: SqlText,
  { groupId, userId, wanted }: {
    readonly groupId: string;
    readonly userId: string;
    readonly wanted: Wanted;
  },
): string {
  const { condition, words, after, limit } = wanted;
  const group = text.value(groupId, "text");
  const standing = standingText(group, text.value(userId, "text"));
  const query = words === undefined ? "" : queryOf(text.value(words, "text"));
  const order = orderSql(text, orderOf(wanted), {
    after,
    rank: `ts_rank(todos.search, ${query})`,
  });
  const conditions = [
    `todos.group_id = ${group}`,
    "todos.deleted_at is null",
    ...condition ? [conditionSql(text, condition)] : [],
    ...query ? [`todos.search @@ ${query}`] : [],
    ...order.beyond ? [order.beyond] : [],
  ];
  return `
    select offsets.version, member.role, names.changes as name_changes, todo.*
    from ${standing}
    left join lateral (
      select page.*, author.username as created_by_username, editor.username as updated_by_username
      from (
        select todos.todo_id, todos.data, todos.created_by, todos.updated_by, ${order.columns}
        from todos
        where ${conditions.join(" and ")}
        order by ${order.orderBy}
        limit ${text.value(limit + 1, "int")}
      ) page
      left join users author on author.id = page.created_by
      left join users editor on editor.id = page.updated_by
    ) todo on member.role is not null
    order by ${order.orderBy}`;
}

/**
 * The words of a text, the last of them as a prefix; null when there is none. Constant to the planner, which
 * so knows how often they are and whether the group or the words are the shorter way.
 */
function queryOf(words: string): string {
  const plain = `plainto_tsquery('simple', todo_words(${words}))`;
  return `(case when numnode(${plain}) > 0 then (${plain}::text || ':*')::tsquery end)`;
}

/** What decided about the last row of a page. */
function endOf(keys: readonly OrderKey[], row: FoundRow): SortValue[] {
  const todo: Todo = row.data;
  return keys.map((key, i) => {
    // What the store has made of a text or a rank it takes back; the rest is in the todo, undiminished.
    if (key.field === "rank") return Number(row[`key_${i}`]);
    if (key.field === "title") return String(row[`key_${i}`]);
    return valuesOf([key], todo)[0] ?? null;
  });
}
