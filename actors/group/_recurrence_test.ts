/** Examples of RFC 5545, section 3.8.5.3, the clamping of short months, and a search by brute force. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { nextDue, ruleFault } from "./_recurrence.ts";

function next(rule: string, date: string): string | undefined {
  return nextDue({ rule, anchor: "schedule" }, { date }, 0)?.date;
}

function series(rule: string, start: string, count: number): string[] {
  const dates = [start];
  while (dates.length < count) dates.push(next(rule, dates.at(-1) ?? "") ?? "none");
  return dates.slice(1);
}

const EXAMPLES: readonly [rule: string, start: string, then: readonly string[]][] = [
  ["FREQ=DAILY", "1997-09-02", ["1997-09-03", "1997-09-04"]],
  ["FREQ=DAILY;INTERVAL=10", "1997-09-02", ["1997-09-12", "1997-09-22", "1997-10-02"]],
  ["FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2026-03-06", ["2026-03-09", "2026-03-10"]],
  ["FREQ=WEEKLY", "1997-09-02", ["1997-09-09", "1997-09-16"]],
  ["FREQ=WEEKLY;INTERVAL=2", "1997-09-02", ["1997-09-16", "1997-09-30", "1997-10-14"]],
  ["FREQ=WEEKLY;BYDAY=TU,TH", "1997-09-02", ["1997-09-04", "1997-09-09", "1997-09-11"]],
  [
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
    "1997-09-01",
    ["1997-09-03", "1997-09-05", "1997-09-15", "1997-09-17"],
  ],
  ["FREQ=MONTHLY;BYDAY=1FR", "1997-09-05", ["1997-10-03", "1997-11-07", "1997-12-05"]],
  ["FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU", "1997-09-07", [
    "1997-09-28",
    "1997-11-02",
    "1997-11-30",
  ]],
  ["FREQ=MONTHLY;BYDAY=-2MO", "1997-09-22", ["1997-10-20", "1997-11-17", "1997-12-22"]],
  ["FREQ=MONTHLY;BYDAY=TU", "1997-09-30", ["1997-10-07", "1997-10-14"]],
  ["FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998-02-13", ["1998-03-13", "1998-11-13", "1999-08-13"]],
  ["FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31", ["2026-02-28", "2026-03-31", "2026-04-30"]],
  ["FREQ=MONTHLY;BYMONTHDAY=15", "2026-01-10", ["2026-01-15", "2026-02-15"]],
  ["FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31", ["2026-02-28", "2026-03-31", "2026-04-30"]],
  ["FREQ=MONTHLY;BYMONTHDAY=30", "2028-01-30", ["2028-02-29", "2028-03-30"]],
  ["FREQ=MONTHLY", "2026-01-31", ["2026-02-28", "2026-03-28"]],
  ["FREQ=MONTHLY;BYDAY=5MO", "2026-03-30", ["2026-06-29", "2026-08-31"]],
  ["FREQ=YEARLY", "1997-06-10", ["1998-06-10", "1999-06-10"]],
  ["FREQ=YEARLY", "2028-02-29", ["2029-02-28", "2030-02-28"]],
  ["FREQ=YEARLY;BYDAY=1MO", "2026-01-05", ["2027-01-04", "2028-01-03"]],
  ["FREQ=YEARLY;INTERVAL=2", "2026-05-01", ["2028-05-01", "2030-05-01"]],
];

Deno.test.each(EXAMPLES)("%s from %s comes on %j", (rule, start, then) => {
  assert.deepEqual(series(rule, start, then.length + 1), then);
});

Deno.test("the wall clock and the time zone of the due date stay", () => {
  const due = { date: "2026-03-28", time: "02:30", tz: "Europe/Berlin" };
  const recurrence = { rule: "FREQ=DAILY", anchor: "schedule" } as const;
  assert.deepEqual(nextDue(recurrence, due, 0), { ...due, date: "2026-03-29" });
});

Deno.test("a completion counts from its day where the todo is due", () => {
  const nowMs = Date.parse("2026-03-02T23:30:00Z");
  const recurrence = { rule: "FREQ=DAILY;INTERVAL=3", anchor: "completion" } as const;
  const in_ = (tz: string) => nextDue(recurrence, { date: "2026-01-01", tz }, nowMs)?.date;
  assert.equal(in_("UTC"), "2026-03-05");
  assert.equal(in_("Asia/Tokyo"), "2026-03-06");
  assert.equal(
    nextDue({ ...recurrence, anchor: "schedule" }, undefined, nowMs)?.date,
    "2026-03-05",
  );
});

Deno.test("a rule that never comes again says so instead of searching for ever", () => {
  assert.equal(next("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "2026-03-02"), undefined);
  assert.equal(next("FREQ=YEARLY", "9999-12-31"), undefined);
});

Deno.test("parts that do not go together are named", () => {
  assert.match(ruleFault("FREQ=WEEKLY;BYMONTHDAY=3") ?? "", /BYMONTHDAY/);
  assert.match(ruleFault("FREQ=WEEKLY;BYDAY=1MO") ?? "", /BYDAY/);
  assert.match(ruleFault("FREQ=DAILY;BYDAY=-1MO") ?? "", /BYDAY/);
  assert.equal(ruleFault("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=-1"), undefined);
});

/** Whether a date is of a rule that has no INTERVAL, said without any arithmetic of periods. */
function isOf(days: readonly string[], monthDay: number, date: Date): boolean {
  const names = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const wanted = monthDay === -1 ? last : Math.min(monthDay, last);
  return days.includes(names[date.getUTCDay()] ?? "") &&
    (monthDay === 0 || date.getUTCDate() === wanted);
}

Deno.test("the next date is the first one that a walk from day to day finds", () => {
  const days = fc.uniqueArray(fc.constantFrom("MO", "TU", "WE", "TH", "FR", "SA", "SU"), {
    minLength: 1,
  });
  const monthDay = fc.constantFrom(0, 0, -1, 1, 13, 29, 30, 31);
  const start = fc.integer({ min: 0, max: 20_000 });
  fc.assert(fc.property(days, monthDay, start, (days, monthDay, start) => {
    const frequency = monthDay === 0 ? "WEEKLY" : "MONTHLY";
    const rule = `FREQ=${frequency};BYDAY=${days.join()}` +
      (monthDay ? `;BYMONTHDAY=${monthDay}` : "");
    const day = (n: number) => new Date((start + n) * 86_400_000);
    let n = 1;
    while (!isOf(days, monthDay, day(n))) n++;
    const text = (date: Date) => date.toISOString().slice(0, 10);
    assert.equal(next(rule, text(day(0))), text(day(n)));
  }));
});
