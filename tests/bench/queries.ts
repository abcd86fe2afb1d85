/**
 * What lists of todos cost in the read model: one group of 10,000 open and 100,000 completed todos beside 1,000
 * small groups, in a throw-away database. `deno task bench:queries [--runs 30] [--plans]`.
 */
import { parseArgs } from "node:util";
import { bindFilter, parseFilter, parseSort } from "../../actors/query/mod.ts";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import { scratchDatabase, startPostgres } from "../../dev/mod.ts";
import { findTodos, type Wanted } from "../../edge/reads/mod.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    runs: { type: "string", default: "30" },
    plans: { type: "boolean", default: false },
  },
});

const OPEN = 10_000;
const DONE = 100_000;
const SMALL_GROUPS = 1_000;
const SMALL_TODOS = 30;
const PAGE = 50;

/** What is asked for, by parameter. */
const QUERIES: readonly {
  readonly filter?: string;
  readonly sort?: string;
  readonly q?: string;
}[] = [
  { sort: "-number" },
  { filter: "!done" },
  { filter: "due<=today & !done" },
  { filter: "overdue", sort: "due" },
  { filter: "label:l1 & !done" },
  { filter: "label:l1" },
  { filter: "assignee:me & !done", sort: "due,priority" },
  { filter: "!done", sort: "priority,due" },
  { filter: "!done", sort: "position" },
  { filter: "!done", sort: "-updated" },
  { filter: "!done & title:number" },
  { filter: "!done & text:milk" },
  { filter: "text:milk" },
  { filter: "done", sort: "-number" },
  { filter: "done & completed>=-7d" },
  { sort: "due" },
  { sort: "title" },
  { sort: "-created" },
  { sort: "-updated" },
  { q: "milk" },
  { q: "quarterly rep" },
  { q: "number 4242" },
  { q: "n" },
  { q: "milk", filter: "!done" },
];

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-bench-" });
await Deno.chmod(dataDir, 0o711);
try {
  await using postgres = await startPostgres({ dataDir });
  await using database = await scratchDatabase(postgres.url);
  const sql = connectPostgres(database.url, { name: "bench", max: 2, statementTimeoutMs: 120_000 });
  await fill(sql, { group: "big", open: OPEN, done: DONE });
  await fillSmall(sql);
  await sql`vacuum analyze`;
  for (const group of ["big", "small-500"]) {
    console.log(`\n${group}: the least, p50 and p95 of a page of ${PAGE} in ms`);
    for (const query of QUERIES) await measure(sql, group, query);
  }
  await sql.end();
} finally {
  await Deno.remove(dataDir, { recursive: true });
}
Deno.exit();

/**
 * One group with todos of which some are due, labelled, assigned; a tenth of them mention milk, and another tenth has
 * comments that do.
 */
async function fill(
  sql: Sql,
  { group, open, done }: { readonly group: string; readonly open: number; readonly done: number },
): Promise<void> {
  await sql`
    insert into groups (id, name, created_by, created_at, version)
    values (${group}, 'G', 'u1', now(), 1)`;
  await sql`
    insert into group_members (group_id, user_id, role, added_at, version)
    values (${group}, 'u1', 'owner', now(), 1)`;
  await sql`
    insert into todos (group_id, todo_id, data, created_at, updated_at)
    select ${group}, 't' || n, jsonb_strip_nulls(jsonb_build_object(
        'id', 't' || n, 'number', n, 'status', 'todo', 'position', 'a' || lpad(n::text, 7, '0'),
        'title', case when n % 10 = 0 then 'Buy oat milk, number ' else 'Write the quarterly report, number ' end || n,
        'description', case when n % 3 = 0 then repeat('Some words on what is to be done here. ', 8) end,
        'completed', n <= ${done}::int,
        'completed_at', case when n <= ${done}::int then to_char(made + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end,
        'due', case when n % 3 = 0 then jsonb_build_object('date', to_char(now() + (n % 60 - 20) * interval '1 day', 'YYYY-MM-DD')) end,
        'priority', case when n % 5 < 4 then n % 4 + 1 end,
        'labels', case when n % 4 = 0 then jsonb_build_array('l' || n % 20) end,
        'assignee', case when n % 2 = 0 then 'u' || n % 10 end,
        'created_by', 'u1', 'updated_by', 'u1', 'version', n,
        'created_at', to_char(made, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updated_at', to_char(made + n % 100 * interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      )), made, made + n % 100 * interval '1 hour'
    from generate_series(1, ${open + done}::int) n,
         lateral (select now() - (${open + done}::int - n) * interval '2 minutes' as made) at`;
  await sql`
    insert into todo_comments (group_id, todo_id, comment_id, author, text, created_at, version)
    select ${group}, 't' || n, 'c' || m, 'u2', 'Somebody asked for milk, or said another word on it', now(), n
    from generate_series(5, ${open + done}::int, 10) n, generate_series(1, 2) m`;
}

async function fillSmall(sql: Sql): Promise<void> {
  await sql`
    insert into groups (id, name, created_by, created_at, version)
    select 'small-' || n, 'G', 'u1', now(), 1 from generate_series(1, ${SMALL_GROUPS}::int) n`;
  await sql`
    insert into group_members (group_id, user_id, role, added_at, version)
    select 'small-' || n, 'u1', 'owner', now(), 1 from generate_series(1, ${SMALL_GROUPS}::int) n`;
  await sql`
    insert into todos (group_id, todo_id, data, created_at, updated_at)
    select 'small-' || n, todos.todo_id, todos.data, todos.created_at, todos.updated_at
    from generate_series(1, ${SMALL_GROUPS}::int) n
    join todos on todos.group_id = 'big' and todos.number % ${
    (OPEN + DONE) / SMALL_TODOS | 0
  }::int = n`;
}

async function measure(
  sql: Sql,
  groupId: string,
  query: (typeof QUERIES)[number],
): Promise<void> {
  const { filter, sort, q } = query;
  const names = { labels: [{ id: "l4", name: "l1" }], columns: [], members: [] };
  const context = { nowMs: Date.now(), timeZone: "UTC", userId: "u4", names };
  const wanted: Wanted = {
    limit: PAGE,
    condition: filter === undefined ? undefined : bindFilter(parseFilter(filter), context),
    keys: sort === undefined ? undefined : parseSort(sort),
    words: q,
  };
  const who = { groupId, userId: "u1" };
  const latencies: number[] = [];
  let found = 0;
  for (let run = 0; run < Number(values.runs); run++) {
    const startedAt = performance.now();
    found = (await findTodos(sql, who, wanted)).todos.length;
    latencies.push(performance.now() - startedAt);
  }
  latencies.sort((a, b) => a - b);
  const at = (rank: number) =>
    (latencies[Math.floor(rank * (latencies.length - 1))] ?? NaN).toFixed(1).padStart(7);
  console.log(
    `${at(0)} ${at(0.5)} ${at(0.95)}  ${String(found).padStart(2)} found  ${JSON.stringify(query)}`,
  );
  if (values.plans) await showPlan(sql, who, wanted);
}

async function showPlan(sql: Sql, who: { groupId: string; userId: string }, wanted: Wanted) {
  const explained = new Proxy(sql, {
    get: (target, name) =>
      name === "unsafe"
        ? async (text: string, parameters: string[]) => {
          const rows = await target.unsafe(`explain (analyze, buffers off) ${text}`, parameters);
          for (const row of rows) console.log(`    ${row["QUERY PLAN"]}`);
          return [];
        }
        : Reflect.get(target, name),
  });
  await findTodos(explained, who, wanted);
}
