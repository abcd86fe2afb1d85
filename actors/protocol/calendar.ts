/** Which days, instants and time zones exist. Pure but for the zones that the platform knows. */

/** Whether the day `value` exists, which is written YYYY-MM-DD. */
export function isCalendarDate(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

/** RFC 3339, section 5.6: the day, the time of day, what is behind its seconds, and the offset. */
const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * The instant that an RFC 3339 date-time names, in milliseconds since the Unix epoch; `undefined` where `text` is
 * none. What is smaller than a millisecond is cut off; a leap second, which only the last minute of a day in UTC
 * can have, counts as the second after it.
 */
export function parseDateTime(text: string): number | undefined {
  const [, day = "", minutes, seconds, fraction = "", offset = ""] = DATE_TIME.exec(text) ?? [];
  if (!isCalendarDate(day)) return undefined;
  const isLeap = seconds === "60";
  const zone = offset.toUpperCase();
  const ms = Date.parse(
    `${day}T${minutes}:${isLeap ? "59" : seconds}${fraction.slice(0, 4)}${zone}`,
  );
  if (!isLeap) return ms;
  const isLastMinute = Math.floor(ms / 60_000) % 1_440 === 1_439;
  return isLastMinute ? ms + 1_000 : undefined;
}

/** Whether `value` names a time zone (IANA), such as Europe/Berlin. */
export function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
