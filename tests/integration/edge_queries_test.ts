/** Lists of todos as clients ask for them: chosen, ordered, searched, in pages, and known by their tags. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { filterTexts, sortTexts } from "../../actors/query/testing/mod.ts";
import {
  addMember,
  type Answer,
  assertProblem,
  groupOf,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";

const LABELS = [
  { id: "l-home", name: "Home", color: "#3b5bdb" },
  { id: "l-work", name: "Deep work", color: "#3b5bdb" },
];

async function command(person: Person, body: Record<string, unknown>): Promise<Answer> {
  const answer = await send("POST", "/api/v1/command", { token: person.token, body });
  assert.ok(answer.status < 300, answer.text);
  return answer;
}

/** Asks for todos of the group; `query` by parameter. */
function list(person: Person, group_id: string, query: Record<string, string | number> = {}) {
  const parameters = new URLSearchParams({ group_id });
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  return send("GET", `/api/v1/todos?${parameters}`, { token: person.token });
}

async function titles(person: Person, group_id: string, query: Record<string, string | number>) {
  const { status, body, text } = await list(person, group_id, query);
  assert.equal(status, 200, text);
  return body.todos.map(({ title }) => title);
}

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** A group of two with labels and five todos. */
async function household() {
  const [ana, ben] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(ana);
  await addMember(ana, group_id, ben);
  await command(ana, { type: "group.update_labels", group_id, payload: { labels: LABELS } });
  const todos: Record<string, unknown>[] = [
    {
      todo_id: "t1",
      title: "Buy oat milk",
      due: { date: day(-1) },
      labels: ["l-home"],
      priority: 2,
    },
    {
      todo_id: "t2",
      title: "Call Ben",
      due: { date: day(0), time: "09:00" },
      assignee: ben.userId,
    },
    { todo_id: "t3", title: "apples", due: { date: day(5) }, assignee: ana.userId, priority: 1 },
    {
      todo_id: "t4",
      title: "Write report",
      labels: ["l-work", "l-home"],
      description: "About milk",
    },
    { todo_id: "t5", title: "Done already", due: { date: day(-3) } },
  ];
  for (const payload of todos) await command(ana, { type: "todo.create", group_id, payload });
  await command(ana, { type: "todo.complete", group_id, payload: { todo_id: "t5" } });
  return { ana, ben, group_id };
}

Deno.test("todos are chosen by what the filter says, names of labels, columns and people included", async () => {
  const { ana, ben, group_id } = await household();
  const cases: [person: Person, filter: string, titles: string[]][] = [
    [ana, "due<=today & !done", ["Call Ben", "Buy oat milk"]],
    [ana, "overdue", ["Buy oat milk"]],
    [ana, 'label:home & !label:"deep work"', ["Buy oat milk"]],
    [ana, "label:l-work", ["Write report"]],
    [ana, "assignee:me", ["apples"]],
    [ben, "assignee:me | p1", ["apples", "Call Ben"]],
    [ana, `assignee:${ben.username}`, ["Call Ben"]],
    [ana, `assignee:${ben.userId}`, ["Call Ben"]],
    [ana, "assignee:none & due:none", ["Write report"]],
    [ana, 'column:"to do" & created>=today & priority<=2', ["apples", "Buy oat milk"]],
    [ana, "done & completed=today", ["Done already"]],
    [ana, "text:milk", ["Write report", "Buy oat milk"]],
    [ana, "!(text:milk | has:due)", []],
  ];
  for (const [person, filter, expected] of cases) {
    const zone = { tz: "UTC" };
    assert.deepEqual(await titles(person, group_id, { filter, ...zone }), expected, filter);
  }
});

Deno.test("a filter that cannot be used is refused with the place, what was expected, and a guess", async () => {
  const { ana, group_id } = await household();
  const cases: [query: Record<string, string>, parameter: string, code: string, message: RegExp][] =
    [
      [
        { filter: "due<=tody" },
        "filter",
        "unknown-value",
        /^character 6: expected a day .*did you mean "today"/,
      ],
      [{ filter: "labl:home" }, "filter", "unknown-field", /^character 1: .*did you mean "label"/],
      [{ filter: "label:hoem" }, "filter", "unknown-value", /^character 7: .*did you mean "Home"/],
      [{ filter: "done &" }, "filter", "syntax", /^character 7: expected a condition/],
      [
        { filter: "label<home" },
        "filter",
        "unknown-operator",
        /^character 6: expected one of : = !=/,
      ],
      [{ filter: `title:${"x".repeat(1000)}` }, "filter", "too-long", /1006 characters/],
      [{ sort: "due,titel" }, "sort", "unknown-field", /^character 5: .*did you mean "title"/],
    ];
  for (const [query, parameter, code, message] of cases) {
    const answer = await list(ana, group_id, query);
    assertProblem(answer, 400, "malformed");
    const [error] = answer.body.errors ?? [];
    assert.deepEqual([error?.parameter, error?.code], [parameter, code]);
    assert.match(error?.message ?? "", message);
  }
  assertProblem(await list(ana, group_id, { tz: "Mars/Phobos", filter: "done" }), 400);
  assertProblem(await list(ana, group_id, { q: "x".repeat(201) }), 400);
  // Whether a name is known is nothing for strangers.
  assertProblem(await list(await somebody(), group_id, { filter: "label:hoem" }), 404);
});

Deno.test("what is missing sorts last in both directions, and a search shows the best first", async () => {
  const { ana, group_id } = await household();
  const cases: [query: Record<string, string>, titles: string[]][] = [
    [{}, ["Done already", "Write report", "apples", "Call Ben", "Buy oat milk"]],
    [{ sort: "due" }, ["Done already", "Buy oat milk", "Call Ben", "apples", "Write report"]],
    [{ sort: "-due" }, ["apples", "Call Ben", "Buy oat milk", "Done already", "Write report"]],
    [{ sort: "priority,-number" }, [
      "apples",
      "Buy oat milk",
      "Done already",
      "Write report",
      "Call Ben",
    ]],
    [{ sort: "title" }, ["apples", "Buy oat milk", "Call Ben", "Done already", "Write report"]],
    [{ sort: "-updated", filter: "!done" }, ["Write report", "apples", "Call Ben", "Buy oat milk"]],
    [{ q: "mil" }, ["Buy oat milk", "Write report"]],
    [{ q: "milk oa" }, ["Buy oat milk"]],
    [{ q: "milk", sort: "-title" }, ["Write report", "Buy oat milk"]],
    [{ q: "mil", filter: "label:home & !has:due" }, ["Write report"]],
    [{ q: "***" }, []],
  ];
  for (const [query, expected] of cases) {
    assert.deepEqual(await titles(ana, group_id, query), expected, JSON.stringify(query));
  }
});

Deno.test("pages of any list join to the whole, and a cursor is good for its own list only", async () => {
  const { ana, group_id } = await household();
  const other = await groupOf(ana, "Other");
  const lists: Record<string, string>[] = [
    { filter: "!done" },
    { sort: "due" },
    { sort: "-title,priority" },
    { q: "milk" },
    { filter: "due<+30d", sort: "-created" },
  ];
  const cursors = new Map<string, string>();
  for (const query of lists) {
    const whole = await titles(ana, group_id, query);
    const paged: string[] = [];
    for (let cursor = "", more = true; more;) {
      const { status, body, text } = await list(ana, group_id, {
        ...query,
        limit: 1,
        ...(cursor === "" ? {} : { cursor }),
      });
      assert.equal(status, 200, text);
      paged.push(...body.todos.map(({ title }) => title));
      more = typeof body.next_cursor === "string";
      cursor = body.next_cursor ?? "";
      if (more) cursors.set(JSON.stringify(query), cursor);
    }
    assert.deepEqual(paged, whole, JSON.stringify(query));
  }
  const plain = await list(ana, group_id, { limit: 1 });
  cursors.set("{}", plain.body.next_cursor ?? "");
  assert.equal(cursors.size, lists.length + 1);
  for (const [made, cursor] of cursors) {
    for (const query of [{}, ...lists]) {
      const answer = await list(ana, group_id, { ...query, cursor });
      const isItsOwn = made === JSON.stringify(query);
      assert.equal(answer.status, isItsOwn ? 200 : 400, `${made} for ${JSON.stringify(query)}`);
      assertProblem(await list(ana, other, { ...query, cursor }), 400, "malformed");
    }
  }
});

Deno.test("a list is known by its tag for as long as it would be the same, and no other list by it", async () => {
  const { ana, ben, group_id } = await household();
  const ask = (person: Person, query: Record<string, string>, etag: string) =>
    send("GET", `/api/v1/todos?${new URLSearchParams({ group_id, ...query })}`, {
      token: person.token,
      headers: { "if-none-match": etag },
    });
  const queries: Record<string, string>[] = [
    {},
    { filter: "overdue" },
    { filter: "overdue", tz: "Pacific/Kiritimati" },
    { filter: "overdue", sort: "due" },
    { filter: "assignee:me" },
    { q: "milk" },
    { q: "milk", limit: "1" },
  ];
  const tags: string[] = [];
  for (const query of queries) {
    const etag = (await list(ana, group_id, query)).headers.get("etag") ?? "";
    assert.match(etag, /^"g\d+(~[\w-]+)?"$/);
    assert.equal((await ask(ana, query, etag)).status, 304, JSON.stringify(query));
    tags.push(etag);
  }
  assert.equal(new Set(tags).size, queries.length, tags.join(" "));
  // What is "me" to one is not to another.
  assert.equal((await ask(ben, { filter: "assignee:me" }, tags[4] ?? "")).status, 200);
  await command(ana, { type: "todo.create", group_id, payload: { title: "New" } });
  for (const [index, query] of queries.entries()) {
    assert.equal((await ask(ana, query, tags[index] ?? "")).status, 200, JSON.stringify(query));
  }
  const version = (await list(ana, group_id, { q: "milk" })).body.version;
  assert.equal((await list(ana, group_id, { q: "milk", min_version: version })).status, 200);
  assertProblem(await list(ana, group_id, { q: "milk", min_version: version + 1 }), 412);
});

Deno.test("a command is refused by the tag of a list when the group has moved on", async () => {
  const { ana, group_id } = await household();
  const etag = (await list(ana, group_id, { sort: "due" })).headers.get("etag") ?? "";
  const rename = (name: string) =>
    send("PATCH", `/api/v1/groups/${group_id}`, {
      token: ana.token,
      headers: { "if-match": etag },
      body: { name },
    });
  assert.equal((await rename("One")).status, 200);
  assertProblem(await rename("Two"), 412, "version-conflict");
});

Deno.test("whatever stands in the parameters, the answer is a list or says what is wrong", async () => {
  const { ana, group_id } = await household();
  const noise = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.toWellFormed());
  const spoilt = fc.tuple(filterTexts, fc.nat(900), noise).map(([text, at, more]) =>
    text.slice(0, at) + more + text.slice(at + 1)
  );
  const parameters: Record<string, fc.Arbitrary<string>> = {
    filter: fc.oneof(noise, spoilt, filterTexts),
    sort: fc.oneof(noise, sortTexts),
    q: fc.oneof(noise, fc.constantFrom("'", "a:*", "\\", "((", "!", "\0", "a\0b")),
    tz: fc.oneof(noise, fc.constantFrom("UTC", "+05:30", "Europe/Berlin")),
    cursor: fc.oneof(noise, fc.base64String()),
    at: fc.oneof(
      noise,
      fc.constantFrom("0", "3", "2026-11-30T08:00:00Z", "2999-12-31T23:59:59+00:00"),
    ),
    limit: fc.oneof(noise, fc.constantFrom("1", "2")),
  };
  const given = Object.entries(parameters).map(([name, value]) =>
    fc.tuple(fc.constant(name), value)
  );
  const query = fc.array(fc.oneof(...given), { minLength: 1, maxLength: 3 }).map(
    Object.fromEntries,
  );
  const answers = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(query, async (asked: Record<string, string>) => {
      const { status, text } = await list(ana, group_id, asked);
      assert.ok([200, 400, 412].includes(status), `${JSON.stringify(asked)} ${text}`);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }),
    { numRuns: 400, endOnFailure: true },
  );
  assert.ok((answers.get(200) ?? 0) > 20, JSON.stringify([...answers]));
});
