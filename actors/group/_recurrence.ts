/**
 * When a recurring todo comes again: a subset of RFC 5545 RRULE (FREQ, INTERVAL, BYDAY, BYMONTHDAY)
 * on calendar dates. One deliberate difference: a day of the month that a month lacks is its last day
 * instead of being left out (31 Jan, 28 Feb, 31 Mar for day 31). Weeks start on Monday.
 */
import type { Due, Recurrence } from "../protocol/mod.ts";

type Frequency = "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
interface ByDay {
  /** ISO weekday, 1 Monday to 7 Sunday. */
  readonly weekday: number;
  /** nth of the month or year, from the end when negative; 0: every one. */
  readonly ordinal: number;
}
interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly byDay: readonly ByDay[];
  /** 1 to 31, -1 for the last; 0: not given. */
  readonly byMonthDay: number;
}

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/** A rule that has not matched within this many periods has no next date. */
const PERIODS_MAX = 1_000;
const YEAR_MAX = 9_999;

function parseRule(text: string): Rule {
  const parts = new Map(text.split(";").map((part) => part.split("=") as [string, string]));
  const days = parts.get("BYDAY")?.split(",") ?? [];
  return {
    frequency: parts.get("FREQ") as Frequency,
    interval: Number(parts.get("INTERVAL") ?? 1),
    byDay: days.map((day) => ({
      weekday: WEEKDAYS.indexOf(day.slice(-2)) + 1,
      ordinal: Number(day.slice(0, -2)),
    })),
    byMonthDay: Number(parts.get("BYMONTHDAY") ?? 0),
  };
}

/** Why a well-formed rule has no meaning (RFC 5545, section 3.3.10), or `undefined`. */
export function ruleFault(text: string): string | undefined {
  const { frequency, byDay, byMonthDay } = parseRule(text);
  if (frequency === "WEEKLY" && byMonthDay !== 0) return "BYMONTHDAY does not go with WEEKLY";
  const counted = byDay.some(({ ordinal }) => ordinal !== 0);
  const periodOfDays = frequency === "DAILY" || frequency === "WEEKLY";
  return counted && periodOfDays ? `a counted BYDAY does not go with ${frequency}` : undefined;
}

/**
 * When the todo that is completed at `nowMs` comes again: the first date of the rule after the due
 * date, or after the day of completion when the rule counts from there or nothing was due. Time and
 * time zone stay as they are. `undefined` when the rule has no further date.
 */
export function nextDue(
  recurrence: Recurrence,
  due: Due | undefined,
  nowMs: number,
): Due | undefined {
  const base = due && recurrence.anchor === "schedule"
    ? Temporal.PlainDate.from(due.date)
    : dayOf(nowMs, due?.tz ?? "UTC");
  const next = dateAfter(parseRule(recurrence.rule), base);
  return next && { ...due, date: next.toString() };
}

function dayOf(nowMs: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timeZone).toPlainDate();
}

function dateAfter(rule: Rule, base: Temporal.PlainDate): Temporal.PlainDate | undefined {
  for (let period = 0; period < PERIODS_MAX; period++) {
    const dates = datesIn(rule, base, period * rule.interval);
    const next = dates
      .filter((date) => Temporal.PlainDate.compare(date, base) > 0)
      .sort(Temporal.PlainDate.compare)[0];
    if (next) return next.year <= YEAR_MAX ? next : undefined;
  }
  return undefined;
}

/** The rule's dates in the period `offset` days, weeks, months or years after that of `base`. */
function datesIn(rule: Rule, base: Temporal.PlainDate, offset: number): Temporal.PlainDate[] {
  switch (rule.frequency) {
    case "DAILY":
      return [base.add({ days: offset })].filter((date) =>
        (rule.byDay.length === 0 || isOnWeekday(rule, date)) &&
        (rule.byMonthDay === 0 || date.day === clampDay(date, rule.byMonthDay))
      );
    case "WEEKLY": {
      const monday = base.subtract({ days: base.dayOfWeek - 1 }).add({ weeks: offset });
      const weekdays = rule.byDay.length === 0
        ? [base.dayOfWeek]
        : rule.byDay.map(({ weekday }) => weekday);
      return weekdays.map((weekday) => monday.add({ days: weekday - 1 }));
    }
    case "MONTHLY":
      return datesInMonth(rule, base.with({ day: 1 }).add({ months: offset }), base.day);
    case "YEARLY": {
      const year = base.with({ month: 1, day: 1 }).add({ years: offset });
      if (rule.byMonthDay !== 0) {
        return months(year).flatMap((month) => datesInMonth(rule, month, base.day));
      }
      if (rule.byDay.length > 0) return onWeekdays(rule, year, year.daysInYear);
      const month = year.with({ month: base.month });
      return [month.with({ day: clampDay(month, base.day) })];
    }
  }
}

function months(year: Temporal.PlainDate): Temporal.PlainDate[] {
  return Array.from({ length: 12 }, (_, index) => year.with({ month: index + 1 }));
}

/** The rule's dates in the month that begins on `first`; the base's day when it names none. */
function datesInMonth(
  rule: Rule,
  first: Temporal.PlainDate,
  baseDay: number,
): Temporal.PlainDate[] {
  if (rule.byMonthDay === 0 && rule.byDay.length > 0) {
    return onWeekdays(rule, first, first.daysInMonth);
  }
  const date = first.with({ day: clampDay(first, rule.byMonthDay || baseDay) });
  const limited = rule.byDay.length > 0 &&
    !onWeekdays(rule, first, first.daysInMonth).some((day) => day.equals(date));
  return limited ? [] : [date];
}

/** Every date among the `days` from `first` that BYDAY names, counted within them. */
function onWeekdays(rule: Rule, first: Temporal.PlainDate, days: number): Temporal.PlainDate[] {
  return rule.byDay.flatMap(({ weekday, ordinal }) => {
    const lead = (weekday - first.dayOfWeek + 7) % 7;
    const count = Math.floor((days - 1 - lead) / 7) + 1;
    const index = ordinal > 0 ? ordinal - 1 : count + ordinal;
    if (ordinal !== 0) {
      return index < count && index >= 0 ? [first.add({ days: lead + index * 7 })] : [];
    }
    return Array.from({ length: count }, (_, week) => first.add({ days: lead + week * 7 }));
  });
}

function isOnWeekday(rule: Rule, date: Temporal.PlainDate): boolean {
  return rule.byDay.some(({ weekday }) => weekday === date.dayOfWeek);
}

function clampDay(month: Temporal.PlainDate, day: number): number {
  return day === -1 ? month.daysInMonth : Math.min(day, month.daysInMonth);
}
