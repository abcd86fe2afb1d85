/** Reads the values of conditions: days, instants, numbers, words of a list. Pure. */
import { didYouMean } from "../protocol/plain/mod.ts";
import type { Scanned } from "./_scanner.ts";
import { isDate } from "./calendar.ts";
import { QueryError, quoted } from "./error.ts";
import type { Day, Moment } from "./expression.ts";

/** Days by name: how many after today. */
const DAY_WORDS: ReadonlyMap<string, number> = new Map([
  ["yesterday", -1],
  ["today", 0],
  ["tomorrow", 1],
]);
const RELATIVE = /^([+-])(\d{1,5})([dw])$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;
const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7 };
/** Further away is nothing. */
const MAX_DAYS = 36_500;

/** A day, absolute or relative. */
export function readDay(value: Scanned): Day {
  const day = dayOf(value.text);
  if (day !== undefined) return day;
  throw wrong(value, "a day such as today, tomorrow, +7d, -2w or 2026-11-30", [
    ...DAY_WORDS.keys(),
    "none",
  ]);
}

/** A day, or an instant of RFC 3339. */
export function readMoment(value: Scanned): Moment {
  const day = dayOf(value.text);
  if (day !== undefined) return day;
  const ms = INSTANT.test(value.text) && isDate(value.text.slice(0, 10))
    ? Date.parse(value.text)
    : NaN;
  if (!Number.isNaN(ms)) return { ms };
  const expected = "a day such as today, -7d or 2026-11-30, or an instant as 2026-11-30T09:00:00Z";
  throw wrong(value, expected, [...DAY_WORDS.keys()]);
}

function dayOf(text: string): Day | undefined {
  const word = DAY_WORDS.get(text.toLowerCase());
  if (word !== undefined) return { days: word };
  const [, sign, count, unit] = RELATIVE.exec(text.toLowerCase()) ?? [];
  const days = Number(count) * (DAYS[unit ?? ""] ?? NaN);
  if (days <= MAX_DAYS) return { days: sign === "-" ? -days : days };
  return isDate(text) ? { date: text } : undefined;
}

/** A priority: 1 to 4, or p1 to p4. */
export function readPriority(value: Scanned): number {
  const [, digit] = /^p?([1-4])$/i.exec(value.text) ?? [];
  if (digit !== undefined) return Number(digit);
  throw wrong(value, "a priority from 1, the most urgent, to 4", ["none"]);
}

/** A number of a todo. */
export function readNumber(value: Scanned): number {
  if (/^\d{1,9}$/.test(value.text)) return Number(value.text);
  throw wrong(value, "a number of a todo, such as 12", []);
}

const SWITCHES: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  false: false,
  no: false,
};

/** Whether something is to be so. */
export function readSwitch(value: Scanned): boolean {
  const word = value.text.toLowerCase();
  const found = Object.hasOwn(SWITCHES, word) ? SWITCHES[word] : undefined;
  if (found === undefined) throw wrong(value, "true or false", Object.keys(SWITCHES));
  return found;
}

/** One of `words`. */
export function readWord<Word extends string>(value: Scanned, words: readonly Word[]): Word {
  const lower = value.text.toLowerCase();
  const found = words.find((word) => word === lower);
  if (found === undefined) throw wrong(value, `one of ${words.join(", ")}`, words);
  return found;
}

function wrong({ text, position }: Scanned, expected: string, words: readonly string[]) {
  const reason = `expected ${expected}; not ${quoted(text)}${didYouMean(text, words)}`;
  return new QueryError("unknown-value", position, reason);
}
