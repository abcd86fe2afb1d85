/** Filters, orders and words against a real Postgres, which has to agree with what runs in the browser. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import type { Todo } from "../../actors/protocol/mod.ts";
import { bindFilter, compareBy, matches, parseFilter, parseSort } from "../../actors/query/mod.ts";
import {
  filterTexts,
  NAMES,
  NOW_MS,
  sortTexts,
  todos,
  ZONES,
} from "../../actors/query/testing/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { findTodos, type Wanted } from "./found_todos.ts";

const WHO = { groupId: "g", userId: "u1" };

/** Runs `body` with a database in which user `u1` is a member of the empty group `g`. */
async function withStore(body: (sql: Sql) => Promise<void>): Promise<void> {
  await using database = await scratchDatabase(Deno.env.get("TEST_DATABASE_URL") ?? "");
  const sql = connectPostgres(database.url, { name: "test", max: 2 });
  try {
    await sql`insert into groups (id, name, created_by, created_at, version) values ('g', 'G', 'u1', now(), 1)`;
    await sql`
      insert into group_members (group_id, user_id, role, added_at, version)
      values ('g', 'u1', 'owner', now(), 1)`;
    await body(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Makes `list` the todos of the group, and another group's too. */
async function put(sql: Sql, list: readonly Todo[]): Promise<void> {
  await sql`delete from todos`;
  await sql`delete from todo_comments`;
  const comments = list.flatMap(({ id, comments = [] }) =>
    comments.map((comment) => ({ ...comment, todo_id: id }))
  );
  await sql`
    insert into todo_comments (group_id, todo_id, comment_id, author, text, created_at, version)
    select owner, c.todo_id, c.id, c.author, c.text, c.created_at, 1
    from json_to_recordset(${JSON.stringify(comments)}::text::json) as c (
      todo_id text, id text, author text, text text, created_at timestamptz
    ), (values ('g'), ('other')) as owners (owner)`;
  await sql`
    insert into todos (group_id, todo_id, data, created_at, updated_at)
    select owner, data ->> 'id', data - 'comments', (data ->> 'created_at')::timestamptz, (data ->> 'updated_at')::timestamptz
    from json_array_elements(${JSON.stringify(list)}::text::json) as each (json),
         lateral (select json::jsonb as data) as row, (values ('g'), ('other')) as owners (owner)`;
}

/** The numbers of all todos that `wanted` chooses, in order, read in pages. */
async function numbers(
  sql: Sql,
  wanted: Omit<Wanted, "limit" | "after">,
  { limit = 200, between = () => Promise.resolve() } = {},
): Promise<number[]> {
  const found: number[] = [];
  let after: Wanted["after"];
  while (true) {
    const page = await findTodos(sql, WHO, { ...wanted, limit, after });
    found.push(...page.todos.map(({ number }) => number));
    if (!page.end) return found;
    // As it goes through a cursor.
    after = JSON.parse(JSON.stringify(page.end)) as NonNullable<Wanted["after"]>;
    await between();
  }
}

const bound = (text: string, timeZone: string) =>
  bindFilter(parseFilter(text), { nowMs: NOW_MS, timeZone, userId: "u1", names: NAMES });

Deno.test("Postgres chooses by a filter what the evaluator chooses, for thousands of filters and todos", () =>
  withStore(async (sql) => {
    let pairs = 0;
    let chosen = 0;
    const filters = fc.array(fc.tuple(filterTexts, fc.constantFrom(...ZONES)), {
      minLength: 20,
      maxLength: 20,
    });
    const property = fc.asyncProperty(
      todos({ min: 100, max: 150 }),
      filters,
      async (list, texts) => {
        await put(sql, list);
        for (const [text, timeZone] of texts) {
          const condition = bound(text, timeZone);
          const expected = list.filter((todo) => matches(condition, todo)).map(({ number }) =>
            number
          );
          const found = await numbers(sql, { condition, keys: parseSort("number") });
          assert.deepEqual(found, expected, text);
          pairs += list.length;
          chosen += expected.length;
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
    assert.ok(chosen > pairs / 10 && chosen < pairs * 0.9, `${chosen} of ${pairs}`);
  }));

Deno.test("pages in every order join to the whole list, as the evaluator orders it", () =>
  withStore(async (sql) => {
    const property = fc.asyncProperty(
      todos({ min: 0, max: 40 }),
      fc.array(sortTexts, { minLength: 5, maxLength: 5 }),
      fc.integer({ min: 1, max: 12 }),
      async (list, sorts, limit) => {
        await put(sql, list);
        for (const sort of sorts) {
          const keys = parseSort(sort);
          const expected = list.toSorted(compareBy(keys)).map(({ number }) => number);
          assert.deepEqual(await numbers(sql, { keys }, { limit }), expected, sort);
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
  }));

Deno.test("what is not changed is listed once, whatever changes, comes and goes between pages", () =>
  withStore(async (sql) => {
    const property = fc.asyncProperty(
      todos({ min: 20, max: 40 }),
      sortTexts,
      fc.array(
        fc.tuple(fc.constantFrom("edit", "delete", "add"), fc.nat(39), todos({ min: 1, max: 1 })),
        {
          minLength: 10,
          maxLength: 10,
        },
      ),
      async (list, sort, changes) => {
        await put(sql, list);
        const touched = new Set<number>();
        let next = list.length;
        const between = async () => {
          const [what, at = 0, [fields] = []] = changes.pop() ?? [];
          const target = list[at % list.length];
          if (!what || !fields || !target) return;
          const number = what === "add" ? ++next : target.number;
          touched.add(number);
          await sql`delete from todos where group_id = 'g' and number = ${number}`;
          if (what === "delete") return;
          const { comments: _, ...own } = fields;
          const todo = { ...own, number, id: `t${number}` };
          await sql`
            insert into todos (group_id, todo_id, data, created_at, updated_at)
            values ('g', ${todo.id}, ${
            sql.json(todo as never)
          }, ${todo.created_at}, ${todo.updated_at})`;
        };
        const keys = parseSort(sort);
        const found = await numbers(sql, { keys }, { limit: 3, between });
        const untouched = (each: number) => !touched.has(each);
        const expected = list.toSorted(compareBy(keys)).map(({ number }) => number).filter(
          untouched,
        );
        assert.deepEqual(found.filter(untouched), expected, sort);
      },
    );
    await fc.assert(property, { numRuns: 30 });
  }));

const titled = (titles: readonly (readonly [title: string, description?: string])[]): Todo[] =>
  titles.map(([title, description], index) => ({
    id: `t${index + 1}`,
    number: index + 1,
    title,
    ...(description === undefined ? {} : { description }),
    status: "todo",
    completed: false,
    position: "a0",
    created_by: "u1",
    created_at: "2026-11-29T00:00:00.000Z",
    updated_by: "u1",
    updated_at: "2026-11-29T00:00:00.000Z",
    version: 1,
  }));

Deno.test("words are found in titles and descriptions, the last of them by its beginning, the best first", () =>
  withStore(async (sql) => {
    await put(
      sql,
      titled([
        ["Buy milk"],
        ["Call Änne", "about the milk that she bought"],
        ["milk/bread, foo_bar and example.com"],
        ["Nothing of it"],
        ["Milk, milk, milk"],
        ["<b>Überall</b> 3.14"],
      ]),
    );
    const cases: [words: string, found: number[]][] = [
      ["milk", [5, 3, 1, 2]],
      ["mil", [5, 3, 1, 2]],
      ["buy mil", [1]],
      ["mil buy", []],
      ["MILK bought", [2]],
      ["bread", [3]],
      ["examp", [3]],
      ["bar", [3]],
      ["änn", [2]],
      ["ÄNNE milk", [2]],
      ["überall", [6]],
      ["3.1", [6]],
      ["'; drop table todos; --", []],
      ["!!!", []],
    ];
    for (const [words, expected] of cases) {
      assert.deepEqual((await numbers(sql, { words })).toSorted(), expected.toSorted(), words);
    }
    const ranked = await numbers(sql, { words: "milk" });
    assert.deepEqual([ranked[0], ranked.at(-1)], [5, 2], "the title counts most");
    assert.deepEqual(await numbers(sql, { words: "milk" }, { limit: 1 }), ranked);
    assert.deepEqual(await numbers(sql, { words: "milk", keys: parseSort("number") }), [
      1,
      2,
      3,
      5,
    ]);
    const condition = bound("!text:bought", "UTC");
    assert.deepEqual(await numbers(sql, { words: "milk", condition, keys: parseSort("-title") }), [
      3,
      5,
      1,
    ]);
  }));

Deno.test("words are found in checklists and comments, each wherever it stands, and count less there", () =>
  withStore(async (sql) => {
    const [a, b, c, d, e] = titled([
      ["Call Ben"],
      ["Shopping"],
      ["Milk"],
      ["Nothing of it"],
      ["Shopping", "for the milk"],
    ]);
    assert.ok(a && b && c && d && e);
    const said = (...lines: string[]) => ({
      comments: lines.map((text, index) => ({
        id: `c${index}`,
        text,
        author: "u1",
        created_at: "2026-11-29T00:00:00.000Z",
      })),
    });
    const steps = (...lines: string[]) => ({
      checklist: lines.map((text, index) => ({ id: `i${index}`, text, done: false })),
    });
    await put(sql, [
      { ...a, ...said("about bread/butter", "and the Milk, please") },
      { ...b, ...steps("oat milk", "bread"), ...said("no hurry") },
      { ...c, ...steps() },
      { ...d, ...said("nor here"), ...steps("neither") },
      e,
    ]);
    assert.deepEqual(await numbers(sql, { words: "milk" }), [3, 5, 2, 1]);
    assert.deepEqual(await numbers(sql, { words: "milk" }, { limit: 1 }), [3, 5, 2, 1]);
    const cases: [words: string, found: number[]][] = [
      ["ben milk", [1]],
      ["butter pleas", [1]],
      ["butter milk", [1]],
      ["shopping bread hur", [2]],
      ["bread", [1, 2]],
      ["milk nor", []],
      ["hurry butter", []],
    ];
    for (const [words, expected] of cases) {
      assert.deepEqual(await numbers(sql, { words, keys: parseSort("number") }), expected, words);
    }
  }));

Deno.test("a todo with as many and as long comments as it can have is found by any of their words", () =>
  withStore(async (sql) => {
    const [todo] = titled([["Much is said about it"]]);
    assert.ok(todo);
    // All different, and as many as a commit of all of it holds.
    const words = Array.from({ length: 66_000 }, (_, n) => (n + 50_000).toString(36));
    const comments = Array.from({ length: 100 }, (_, n) => ({
      id: `c${n}`,
      text: words.slice(n * 500, (n + 1) * 500).join(" ").slice(0, 2_000),
      author: "u1",
      created_at: "2026-11-29T00:00:00.000Z",
    }));
    await put(sql, [{ ...todo, comments }]);
    const some = [0, 49, 99].map((n) => (50_000 + 500 * n).toString(36));
    assert.deepEqual(await numbers(sql, { words: `much ${some.join(" ")}` }), [1]);
    assert.deepEqual(await numbers(sql, { words: `${some[0]} 1` }), [1]);
    assert.deepEqual(await numbers(sql, { words: `${some[0]} never` }), []);
  }));

Deno.test("any text can be searched for", () =>
  withStore(async (sql) => {
    await put(sql, titled([["Buy milk"], ["a:* & b | !c <-> d"]]));
    const texts = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.string({ unit: "binary-ascii", maxLength: 60 }),
      fc.array(
        fc.constantFrom("a", ":*", "'", "\\", "&", "|", "!", "<->", "(", ")", " ", '"', "*"),
        {
          maxLength: 20,
        },
      ).map((parts) => parts.join("")),
    ).map((text) => text.replaceAll("\0", "").toWellFormed());
    await fc.assert(
      fc.asyncProperty(texts, async (words) => {
        await numbers(sql, { words });
      }),
      { numRuns: 500 },
    );
  }));
