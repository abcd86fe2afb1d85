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
  /** Words that title, description, checklist and comments have, the last perhaps not written to its end. */
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
  const search = words === undefined ? undefined : searchOf(text.value(words, "text"), group);
  const order = orderSql(text, orderOf(wanted), { after, rank: search?.rank ?? "" });
  const conditions = [
    `todos.group_id = ${group}`,
    "todos.deleted_at is null",
    ...condition ? [conditionSql(text, condition)] : [],
    ...search ? [search.found] : [],
    ...order.beyond ? [order.beyond] : [],
  ];
  return `
    select offsets.version, member.role, names.changes as name_changes, todo.*
    from ${standing}
    left join lateral (
      select page.*, author.username as created_by_username, editor.username as updated_by_username
      from (
        select todos.todo_id, todos.data, todos.created_by, todos.updated_by, ${order.columns}
        from todos ${search?.join ?? ""}
        where ${conditions.join(" and ")}
        order by ${order.orderBy}
        limit ${text.value(limit + 1, "int")}
      ) page
      left join users author on author.id = page.created_by
      left join users editor on editor.id = page.updated_by
    ) todo on member.role is not null
    order by ${order.orderBy}`;
}

/** How todos with some words are found. */
interface Search {
  /** What comments add to a todo's own words. */
  readonly join: string;
  readonly found: string;
  readonly rank: string;
}

/**
 * The search for the words of a text, the last of them as a prefix: all of them, wherever each stands; nothing when
 * there is none. Only comments with one of the words are looked at. The queries are constant to the planner.
 */
function searchOf(words: string, group: string): Search {
  const plain = `plainto_tsquery('simple', todo_words(${words}))`;
  const queryOf = (text: string) =>
    `(case when numnode(${plain}) > 0 then (${text} || ':*')::tsquery end)`;
  const all = queryOf(`${plain}::text`);
  const any = queryOf(`replace(${plain}::text, ' & ', ' | ')`);
  const search =
    "(case when said.search is null then todos.search else todos.search || said.search end)";
  return {
    join: `left join (
          select comment.todo_id, tsvector_join(comment.search) as search
          from todo_comments comment
          where comment.group_id = ${group} and comment.search @@ ${any}
          group by comment.todo_id
        ) said on said.todo_id = todos.todo_id`,
    found: `${search} @@ ${all}`,
    rank: `ts_rank(${search}, ${all})`,
  };
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
