/** The read model of a real database as plain data, in the shape of what a log must become. */
import type { Sql } from "../../platform/mod.ts";
import type { Row, Tables } from "./fold.ts";

/** The tables but for `todo_events`, whose rows are as many as the log has events. */
export type StateTables = Omit<Tables, "events">;

/** Reads all tables of the read model. */
export async function readTables(sql: Sql): Promise<Tables> {
  const events = await sql<{ event_id: string; version: string }[]>`
    select event_id, version from todo_events`;
  return {
    events: new Map(events.map(({ event_id, version }) => [event_id, Number(version)])),
    ...await readState(sql),
  };
}

/** Reads the tables but for `todo_events`: of all groups, or of `groupIds`. */
export async function readState(
  sql: Pick<Sql, "unsafe">,
  groupIds?: readonly string[],
): Promise<StateTables> {
  const rows = async (table: string, keys: readonly string[], columns = "*") => {
    const [groupId = ""] = keys;
    const query = `select ${columns} from ${table}` +
      (groupIds ? ` where ${groupId} = any ($1::text[])` : "");
    const found = await sql.unsafe<Row[]>(query, groupIds ? [[...groupIds]] : []);
    return new Map(found.map((row) => entry(row, keys)));
  };
  const todos = await rows("todos", ["group_id", "todo_id"], TODO_COLUMNS);
  return {
    todos: new Map([...todos].map(([key, { data, ...row }]) => [key, { ...data as Row, ...row }])),
    comments: await rows("todo_comments", ["group_id", "todo_id", "comment_id"], COMMENT_COLUMNS),
    groups: await rows("groups", ["id"]),
    members: await rows("group_members", ["group_id", "user_id"]),
    offsets: new Map(
      [...await rows("group_projection_offsets", ["group_id"], "group_id, version")]
        .map(([key, { version }]) => [key, Number(version)]),
    ),
  };
}

/** The document, what is not of it, and the copies of its times where they are no copies. */
const TODO_COLUMNS = `group_id, todo_id, data, deleted_at,
  case when created_at is distinct from (data ->> 'created_at')::timestamptz then created_at end
    as "column created_at",
  case when updated_at is distinct from (data ->> 'updated_at')::timestamptz then updated_at end
    as "column updated_at"`;

/** Without the words of the text, which Postgres makes of it. */
const COMMENT_COLUMNS =
  "group_id, todo_id, comment_id, author, text, created_at, edited_at, version";

function entry(row: Row, keys: readonly string[]): [string, Row] {
  const fields: Row = {};
  for (const [name, value] of Object.entries(row)) {
    if (keys.includes(name) || value === null) continue;
    if (value instanceof Date) fields[name] = value.toISOString();
    else fields[name] = name === "version" ? Number(value) : value;
  }
  return [keys.map((name) => row[name]).join("/"), fields];
}
