/** What filters mean, and how those are refused that mean nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bindFilter,
  compareBy,
  isAfter,
  matches,
  parseFilter,
  parseSort,
  QueryError,
  valuesOf,
} from "./mod.ts";
import { filterTexts, NAMES, NOW_MS, sortTexts, todos, ZONES } from "./testing/mod.ts";

const bind = (text: string, timeZone = "UTC") =>
  bindFilter(parseFilter(text), { nowMs: NOW_MS, timeZone, userId: "u1", names: NAMES });

const todo = {
  id: "t",
  number: 7,
  title: "Buy Oat Milk",
  status: "todo",
  completed: false,
  position: "a0",
  created_by: "u2",
  created_at: "2026-11-29T10:30:00.000Z",
  updated_by: "u1",
  updated_at: "2026-11-29T13:30:00.000Z",
  version: 9,
};

Deno.test("& binds closer than |, ! closer than both, and parentheses the closest", () => {
  const all = ["p1", "p2", "p3"].flatMap((_, a) => [false, true].map((b) => [a + 1, b] as const));
  for (const [priority, completed] of all) {
    const each = { ...todo, priority: priority as 1 | 2 | 3, completed };
    const [p1, p2] = [priority === 1, priority === 2];
    assert.equal(matches(bind("p1 | p2 & done"), each), p1 || p2 && completed);
    assert.equal(matches(bind("(p1 | p2) & done"), each), (p1 || p2) && completed);
    assert.equal(matches(bind("!p1 & done | p2"), each), !p1 && completed || p2);
    assert.equal(matches(bind("!(p1 & done) & !!p2"), each), !(p1 && completed) && p2);
  }
});

Deno.test("what is missing is neither smaller nor greater nor equal, so it is unequal", () => {
  for (
    const filter of ["due<today", "due>=today", "due=today", "p1", "priority<=4", "assignee:me"]
  ) {
    assert.equal(matches(bind(filter), todo), false, filter);
    assert.equal(matches(bind(`!${filter}`), todo), true, filter);
  }
  assert.equal(matches(bind("due!=today & priority!=1 & due:none & label:none"), todo), true);
});

Deno.test("today is the day in the time zone; a due date is compared as it is written", () => {
  const due = (date: string) => ({ ...todo, due: { date, time: "23:30", tz: "America/New_York" } });
  assert.equal(matches(bind("today"), due("2026-11-29")), true);
  assert.equal(matches(bind("today", "Pacific/Auckland"), due("2026-11-30")), true);
  assert.equal(matches(bind("overdue", "Pacific/Auckland"), due("2026-11-29")), true);
  assert.equal(matches(bind("due=+1w & due=2026-12-06"), due("2026-12-06")), true);
  // 10:30 UTC is 23:30 in Auckland, one hour and a half before the next day there.
  assert.equal(matches(bind("created=2026-11-29", "Pacific/Auckland"), todo), true);
  assert.equal(matches(bind("updated=2026-11-30", "Pacific/Auckland"), todo), true);
  assert.equal(matches(bind("updated<today", "Pacific/Auckland"), todo), false);
  assert.equal(
    matches(bind("created>2026-11-29T10:29:59Z & created<2026-11-29T11:30:01+01:00"), todo),
    true,
  );
});

Deno.test("a day begins when the clocks of its zone say so, also where they skip midnight", () => {
  const instants: [date: string, zone: string, start: string][] = [
    ["2026-11-30", "UTC", "2026-11-30T00:00:00.000Z"],
    ["2026-11-30", "Asia/Kathmandu", "2026-11-29T18:15:00.000Z"],
    ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
    ["2026-03-30", "Europe/Berlin", "2026-03-29T22:00:00.000Z"],
    // Clocks went from 23:59 to 01:00.
    ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"],
    // A day that there was not begins when the next one does.
    ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
  ];
  for (const [date, zone, start] of instants) {
    const condition = bind(`created>=${date}`, zone);
    assert.ok(condition.kind === "instant");
    assert.equal(new Date(condition.ms).toISOString(), start, `${date} in ${zone}`);
  }
});

Deno.test("text is compared in any case, in every alphabet, and signs are only signs", () => {
  const titled = (title: string) => ({ ...todo, title });
  const cases: [filter: string, title: string, matches: boolean][] = [
    ["title:OAT", "Buy oat milk", true],
    ['title="BUY OAT MILK"', "Buy oat milk", true],
    ["title=oat", "Buy oat milk", false],
    ["title:ärger", "ÄRGER", true],
    ["title:ς", "ΟΔΟΣ", false],
    ["title:οδοσ", "ΟΔΟΣ", true],
    ["title:istanbul", "İSTANBUL", true],
    ['title:"a\\"b\\\\c"', 'x a"b\\c', true],
    ["title:100%", "50%", false],
    ['text:"& | !()"', "a & | !() b", true],
  ];
  for (const [filter, title, expected] of cases) {
    assert.equal(matches(bind(filter), titled(title)), expected, filter);
  }
});

const REFUSED: readonly [
  filter: string,
  code: QueryError["code"],
  position: number,
  message: RegExp,
][] = [
  ["", "syntax", 0, /expected a condition .* not the end/],
  ["done done", "syntax", 5, /expected & or \|/],
  ["done &", "syntax", 6, /expected a condition/],
  ["(done", "syntax", 5, /the \) of character 1/],
  ["done)", "syntax", 4, /expected & or \|/],
  ["label:", "syntax", 6, /expected a value after label:/],
  ['label:"home', "syntax", 6, /quotation mark is not closed/],
  ["label", "syntax", 0, /expected one of : =/],
  ["title:\u0001", "syntax", 6, /control characters/],
  ["milk", "unknown-field", 0, /write text:milk/],
  ["prority:1", "unknown-field", 0, /did you mean "priority"/],
  ["constructor:1", "unknown-field", 0, /no condition/],
  ["label<home", "unknown-operator", 5, /one of : = !=/],
  ["due:yesterdy", "unknown-value", 4, /did you mean "yesterday"/],
  ["due:2026-02-30", "unknown-value", 4, /expected a day/],
  ["due:+99999d", "unknown-value", 4, /expected a day/],
  ["due<none", "unknown-value", 4, /expected a day/],
  ["created>2026-11-30T25:00:00Z", "unknown-value", 8, /an instant/],
  ["priority:0", "unknown-value", 9, /from 1/],
  ["has:lable", "unknown-value", 4, /did you mean "label"/],
  ["done:maybe", "unknown-value", 5, /true or false/],
  ["assignee:anna", "unknown-value", 9, /did you mean "ana"/],
  ["status:done", "unknown-value", 7, /no column/],
  ["x".repeat(1_001), "too-long", 1_000, /1001/],
  ["!".repeat(17) + "done", "too-deep", 16, /16/],
  ["(".repeat(400) + "done" + ")".repeat(400), "too-deep", 16, /16/],
  [Array.from({ length: 65 }, () => "done").join("|"), "too-many-conditions", 320, /64/],
];

for (const [filter, code, position, message] of REFUSED) {
  Deno.test(`a filter is refused where it is wrong: ${JSON.stringify(filter.slice(0, 40))}`, () => {
    assert.throws(() => bind(filter), (error) => {
      assert.ok(error instanceof QueryError);
      assert.deepEqual([error.code, error.position], [code, position], error.message);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a label that the group does not have is on no todo", () => {
  assert.deepEqual(bind("label:garden"), { kind: "label", ids: [] });
  const labelled = { ...todo, labels: ["l1"] };
  assert.equal(matches(bind("label:garden"), labelled), false);
  assert.equal(matches(bind("!label:garden"), labelled), true);
});

Deno.test("whatever is written, it is a filter or refused with a place inside the text", () => {
  const texts = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 80 }),
    fc.array(
      fc.constantFrom("due", "<", "=", "!", "(", ")", "&", "|", '"', "\\", ":", "today", " "),
      {
        maxLength: 30,
      },
    ).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        bind(text);
      } catch (error) {
        assert.ok(error instanceof QueryError, `${error}`);
        assert.ok(error.position >= 0 && error.position <= text.length);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("a filter and its negation part all todos between them", () => {
  const property = fc.property(
    filterTexts,
    fc.constantFrom(...ZONES),
    todos({ min: 1, max: 20 }),
    (text, zone, list) => {
      const [yes, no] = [bind(text, zone), bind(`!(${text})`, zone)];
      for (const each of list) assert.notEqual(matches(yes, each), matches(no, each), text);
    },
  );
  fc.assert(property);
});

Deno.test("every order is total, and what comes after a todo is what is sorted behind it", () => {
  const property = fc.property(sortTexts, todos({ min: 1, max: 15 }), (text, list) => {
    const keys = parseSort(text);
    const sorted = list.toSorted(compareBy(keys));
    assert.deepEqual(list.toReversed().sort(compareBy(keys)), sorted);
    for (const [index, each] of sorted.entries()) {
      const after = sorted.filter((other) => isAfter(keys, valuesOf(keys, each), other));
      assert.deepEqual(after, sorted.slice(index + 1), text);
    }
  });
  fc.assert(property);
});

Deno.test("an order that is none is refused with its place and a guess", () => {
  const cases: [text: string, position: number, message: RegExp][] = [
    ["titel", 0, /did you mean "title"/],
    ["due, -prio", 4, /not "-prio"/],
    ["due,,title", 4, /expected/],
    ["due,-due", 4, /named twice/],
    ["due,title,created,updated,number", 26, /at most 4/],
  ];
  for (const [text, position, message] of cases) {
    assert.throws(() => parseSort(text), (error) => {
      assert.ok(error instanceof QueryError);
      assert.equal(error.position, position, text);
      assert.match(error.message, message);
      return true;
    });
  }
});
