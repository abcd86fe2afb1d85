/** Arbitrary todos, filters and orders for properties: of few values each, so that they meet often. */
import fc from "fast-check";
import type { Todo } from "../../protocol/plain/mod.ts";

/** What things are called in the group that the filters are about. */
export const NAMES = {
  labels: [
    { id: "l1", name: "Home" },
    { id: "l2", name: "ÄRGER" },
    { id: "l3", name: "two words" },
  ],
  columns: [{ id: "todo", name: "To do" }, { id: "doing", name: "Doing" }],
  members: [{ id: "u1", name: "ana" }, { id: "u2", name: "ben" }],
};
/** When the filters are evaluated: the 30th already in Auckland, still the 29th elsewhere. */
export const NOW_MS = Date.parse("2026-11-29T13:30:00Z");
export const ZONES = ["UTC", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu"];

const dates = fc.constantFrom("2026-11-22", "2026-11-28", "2026-11-29", "2026-11-30", "2026-12-06");
const times = fc.constantFrom("00:00", "09:30", "23:59");
const users = fc.constantFrom("u1", "u2", "u3");
const texts = fc.oneof(
  fc.constantFrom(
    "Buy milk",
    "buy MILK",
    "Straße",
    "İstanbul",
    "ΟΔΟΣ",
    "100% \\ 'sure'",
    'say "x"',
    "_",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
).map((text) => text.replace(/\p{Cc}/gu, " ").trim() || "x").filter((text) => text.isWellFormed());
const instants = fc.oneof(
  fc.constantFrom(
    "2026-11-28T11:00:00.000Z",
    "2026-11-29T05:00:00.000Z",
    "2026-11-29T04:59:59.999Z",
    "2026-11-29T00:00:00.000Z",
    "2026-11-28T23:59:59.999Z",
    "2026-11-29T13:30:00.000Z",
  ),
  fc.integer({ min: Date.parse("2026-11-20"), max: Date.parse("2026-12-05") })
    .map((ms) => new Date(ms).toISOString()),
);
const item = texts.map((text) => ({ id: "i1", text, done: false }));
const comment = fc.record({ text: texts, author: users, created_at: instants });

/** Todos of one group as its log has them; `number` counts up from 1. */
export function todos(count: { min: number; max: number }): fc.Arbitrary<Todo[]> {
  const todo = fc.record({
    title: texts,
    description: texts,
    status: fc.constantFrom("todo", "doing", "done"),
    completed: fc.boolean(),
    completed_at: instants,
    priority: fc.constantFrom(1, 2, 3, 4) as fc.Arbitrary<1 | 2 | 3 | 4>,
    due: fc.record({ date: dates, time: times, tz: fc.constantFrom("UTC", "Asia/Tokyo") }, {
      requiredKeys: ["date"],
    }),
    recurrence: fc.constant({ rule: "FREQ=DAILY", anchor: "schedule" as const }),
    reminders: fc.constant([{ id: "r1", before_due_minutes: 5 }]),
    assignee: users,
    labels: fc.subarray(["l1", "l2", "l3", "l4"], { minLength: 1 }),
    checklist: fc.array(item, { maxLength: 2 }),
    comments: fc.array(comment, { maxLength: 2 }).map((list) =>
      list.map((fields, index) => ({ ...fields, id: `c${index + 1}` }))
    ),
    position: fc.constantFrom("a0", "a1", "Zz", "a0V"),
    created_by: users,
    created_at: instants,
    updated_by: users,
    updated_at: instants,
  }, {
    requiredKeys: [
      "title",
      "status",
      "completed",
      "position",
      "created_by",
      "created_at",
      "updated_by",
      "updated_at",
    ],
  });
  return fc.array(todo, { minLength: count.min, maxLength: count.max }).map((list) =>
    list.map((fields, index) => ({
      ...fields,
      id: `t${index + 1}`,
      number: index + 1,
      version: index + 1,
    }))
  );
}

const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
const oneOf = (...values: string[]) => fc.constantFrom(...values);
const equality = oneOf(":", "=", "!=");
const order = oneOf(":", "=", "!=", "<", "<=", ">", ">=");
const days = fc.oneof(dates, oneOf("today", "Tomorrow", "yesterday", "+7d", "-1d", "+1w"));
const compare = (
  field: fc.Arbitrary<string>,
  operator: fc.Arbitrary<string>,
  value: fc.Arbitrary<string>,
) => fc.tuple(field, operator, value).map((parts) => parts.join(""));
const none = (field: string) => compare(oneOf(field), equality, oneOf("none"));

const conditions = fc.oneof(
  oneOf("done", "overdue", "today", "tomorrow", "p1", "p4", "DONE"),
  compare(oneOf("due"), order, days),
  compare(oneOf("created", "updated", "completed"), order, days),
  compare(oneOf("created", "updated", "completed"), order, instants),
  compare(oneOf("done"), equality, oneOf("true", "no")),
  compare(oneOf("priority"), order, oneOf("1", "2", "p3", "4")),
  compare(oneOf("number"), order, oneOf("1", "3", "10")),
  compare(
    oneOf("label"),
    equality,
    oneOf("l1", "home", "garden", quote("ärger"), quote("two words")),
  ),
  compare(oneOf("status", "column"), equality, oneOf("todo", "Doing", quote("to do"))),
  compare(oneOf("assignee", "created_by", "updated_by"), equality, oneOf("me", "ana", "BEN", "u2")),
  none("due"),
  none("label"),
  none("assignee"),
  none("priority"),
  compare(
    oneOf("title", "description", "checklist", "comment", "text"),
    equality,
    texts.map(quote),
  ),
  compare(
    oneOf("title", "checklist", "comment", "text"),
    oneOf(":"),
    oneOf("M", "i", "s", "σ", "ß", "%", "_", "\\"),
  ),
  compare(
    oneOf("has"),
    equality,
    oneOf(
      "due",
      "label",
      "assignee",
      "priority",
      "description",
      "checklist",
      "recurrence",
      "reminder",
      "comment",
    ),
  ),
);

/** Filters about such todos. */
export const filterTexts: fc.Arbitrary<string> = fc.letrec<{ any: string; one: string }>((tie) => ({
  any: fc.tuple(
    fc.array(tie("one"), { minLength: 1, maxLength: 3 }),
    fc.array(oneOf(" & ", "|", "&", " | "), { minLength: 3, maxLength: 3 }),
  ).map(([parts, signs]) => parts.map((part, i) => i === 0 ? part : signs[i] + part).join("")),
  one: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 4, arbitrary: conditions },
    tie("one").map((one) => `!${one}`),
    tie("any").map((any) => `( ${any} )`),
  ),
})).any.filter(({ length }) => length <= 900);

/** Orders of todos. */
export const sortTexts: fc.Arbitrary<string> = fc.tuple(
  fc.shuffledSubarray(["position", "due", "priority", "created", "updated", "title", "number"], {
    minLength: 1,
    maxLength: 4,
  }),
  fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
).map(([fields, turned]) => fields.map((field, i) => turned[i] ? `-${field}` : field).join(","));
