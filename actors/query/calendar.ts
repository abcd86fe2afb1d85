/** Days of the calendar, and when they begin in a time zone. Pure but for the zones the platform knows. */
import { isCalendarDate } from "../protocol/plain/mod.ts";

const DAY_MS = 86_400_000;
/** No zone is further from UTC. */
const ZONE_MAX_MS = 15 * 3_600_000;
/** Days that filters can name: enough for anybody, and far from the edges of every type of date. */
const DATE = /^(?:19|2\d)\d\d-\d\d-\d\d$/;

/** Whether `value` is a day from 1900 to 2999, as YYYY-MM-DD. */
export function isDate(value: string): boolean {
  return DATE.test(value) && isCalendarDate(value);
}

/** The day at instant `ms` in `timeZone`. */
export function dateIn(ms: number, timeZone: string): string {
  return clock(timeZone)(ms);
}

/** `days` after `date`. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first instant of `date` in `timeZone`: usually midnight, later where clocks skip that. */
export function startOfDay(date: string, timeZone: string): number {
  const utc = Date.parse(`${date}T00:00:00Z`);
  if (timeZone === "UTC") return utc;
  const dateAt = clock(timeZone);
  let before = utc - ZONE_MAX_MS;
  let at = utc + ZONE_MAX_MS;
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2);
    if (dateAt(middle) < date) before = middle;
    else at = middle;
  }
  return at;
}

function clock(timeZone: string): (ms: number) => string {
  if (timeZone === "UTC") return (ms) => new Date(ms).toISOString().slice(0, 10);
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    calendar: "iso8601",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const year = (parts.get("year") ?? "").padStart(4, "0");
    return `${year}-${parts.get("month")}-${parts.get("day")}`;
  };
}
