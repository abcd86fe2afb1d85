/** The read model of a real database as plain data, in the shape of the model that tests compare with. */
import type { Sql } from "../../actors/platform/mod.ts";
import type { Tables } from "../../actors/projection/testing/mod.ts";

type Row = Record<string, unknown>;

/** Reads all tables of the read model. */
export async function readTables(sql: Sql): Promise<Tables> {
  const rows = async (query: string, keys: readonly string[]) =>
    new Map((await sql.unsafe<Row[]>(query)).map((row) => entry(row, keys)));
  const todos = await rows(
    "select group_id, todo_id, data, deleted_at from todos",
    ["group_id", "todo_id"],
  );
  const numbers = async (query: string) =>
    new Map(
      (await sql.unsafe<{ key: string; version: string }[]>(query)).map((row) =>
        [row.key, Number(row.version)] as const
      ),
    );
  return {
    events: await numbers("select event_id as key, version from todo_events"),
    todos: new Map([...todos].map(([key, { data, ...row }]) => [key, { ...data as Row, ...row }])),
    comments: await rows("select * from todo_comments", ["group_id", "todo_id", "comment_id"]),
    groups: await rows("select * from groups", ["id"]),
    members: await rows("select * from group_members", ["group_id", "user_id"]),
    offsets: await numbers("select group_id as key, version from group_projection_offsets"),
  };
}

function entry(row: Row, keys: readonly string[]): [string, Row] {
  const fields: Row = {};
  for (const [name, value] of Object.entries(row)) {
    if (keys.includes(name) || value === null) continue;
    if (value instanceof Date) fields[name] = value.toISOString();
    else fields[name] = name === "version" ? Number(value) : value;
  }
  return [keys.map((name) => row[name]).join("/"), fields];
}
