/**
 * What a todo is made of: one schema per part, from which both the types and the checks of outside
 * data come. Unset optional parts are absent, never `null` or empty, so that stored events stay small.
 */
import * as v from "valibot";
import { isCalendarDate, isTimeZone, parseDateTime } from "./calendar.ts";
import { EntityId } from "./ids.ts";
import {
  CHECKLIST_MAX_ITEMS,
  COMMENT_MAX_CHARS,
  DESCRIPTION_MAX_BYTES,
  GROUP_NAME_MAX_CHARS,
  LABELS_PER_TODO,
  REMINDERS_PER_TODO,
  TITLE_MAX_CHARS,
} from "./limits.ts";

const utf8 = new TextEncoder();

/**
 * One line of text of 1 to `max` characters (Unicode code points) without control characters. The space around it
 * is taken away last: a JSON Schema describes what is sent, and knows no trimming.
 */
function line(max: number) {
  return v.pipe(
    v.string(),
    v.check((text) => text.trim() !== "", "must not be empty"),
    v.maxCodePoints(max, `must be at most ${max} characters`),
    v.check((text) => text.isWellFormed(), "must be well-formed Unicode"),
    // deno-lint-ignore no-control-regex -- refusing control characters is the point
    v.regex(/^[^\u0000-\u001f\u007f]*$/, "must not contain control characters"),
    v.trim(),
  );
}

/** Text of several lines up to `maxBytes` of UTF-8: so many ASCII characters, and fewer of others. */
function text(maxBytes: number) {
  return v.pipe(
    v.string(),
    v.check((value) => value.isWellFormed() && !value.includes("\0"), "must be well-formed text"),
    v.check(
      (value) => utf8.encode(value).length <= maxBytes,
      ({ input }) => `must be at most ${maxBytes} bytes of UTF-8, not ${utf8.encode(input).length}`,
    ),
  );
}

export const Title = line(TITLE_MAX_CHARS);
export const GroupName = line(GROUP_NAME_MAX_CHARS);
export const Description = text(DESCRIPTION_MAX_BYTES);
export const CommentText = v.pipe(
  v.string(),
  v.minLength(1, "must not be empty"),
  v.maxCodePoints(COMMENT_MAX_CHARS, `must be at most ${COMMENT_MAX_CHARS} characters`),
  v.check((value) => value.isWellFormed() && !value.includes("\0"), "must be well-formed text"),
);

/** An instant, RFC 3339 in UTC with milliseconds at most. */
export const Instant = v.pipe(
  v.string(),
  v.regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,3})?Z$/,
    "must be an RFC 3339 instant in UTC",
  ),
  v.check((value) => parseDateTime(value) !== undefined, "must be an instant that exists"),
);

/** A due date, with a wall-clock time and its time zone where it has one. */
export const Due = v.strictObject({
  date: v.pipe(
    v.string(),
    v.regex(/^\d{4}-\d\d-\d\d$/, "must be YYYY-MM-DD"),
    v.check(isCalendarDate, "must be a date that exists"),
  ),
  time: v.exactOptional(
    v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be HH:MM")),
  ),
  tz: v.exactOptional(
    v.pipe(v.string(), v.maxLength(64), v.check(isTimeZone, "must be a time zone")),
  ),
});
export type Due = v.InferOutput<typeof Due>;

const RRULE =
  /^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;INTERVAL=([1-9]\d{0,2}))?(;BYDAY=([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU))*)?(;BYMONTHDAY=(-1|[1-9]|[12]\d|3[01]))?$/;

/**
 * When a todo comes again: a subset of RFC 5545 RRULE (FREQ, INTERVAL, BYDAY, BYMONTHDAY, in this
 * order), counted from the due date (`schedule`) or from the completion.
 */
export const Recurrence = v.strictObject({
  rule: v.pipe(
    v.string(),
    v.regex(RRULE, "must be FREQ=…[;INTERVAL=…][;BYDAY=…][;BYMONTHDAY=…]"),
  ),
  anchor: v.picklist(["schedule", "completion"]),
});
export type Recurrence = v.InferOutput<typeof Recurrence>;

/** A reminder at an instant, or a number of minutes before the todo is due. */
export const Reminder = v.union([
  v.strictObject({ id: EntityId, at: Instant }),
  v.strictObject({
    id: EntityId,
    before_due_minutes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(525_600)),
  }),
], "must have an id and either at or before_due_minutes (0 to 525600), and nothing else");
export type Reminder = v.InferOutput<typeof Reminder>;

/** A reminder that has fired, and for which instant: set for another one, it fires again. */
export interface FiredReminder {
  /** Id of the reminder. */
  readonly id: string;
  /** RFC 3339 UTC with milliseconds. */
  readonly at: string;
}

export const ChecklistItem = v.strictObject({ id: EntityId, text: Title, done: v.boolean() });
export type ChecklistItem = v.InferOutput<typeof ChecklistItem>;

export const Column = v.strictObject({
  id: EntityId,
  title: GroupName,
  wip_limit: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
});
export type Column = v.InferOutput<typeof Column>;

export const Label = v.strictObject({
  id: EntityId,
  name: GroupName,
  color: v.pipe(v.string(), v.regex(/^#[0-9a-fA-F]{6}$/, "must be a colour like #3b5bdb")),
});
export type Label = v.InferOutput<typeof Label>;

export const Priority = v.picklist([1, 2, 3, 4]);

function distinctIds<T extends { readonly id: string }>() {
  return v.check<T[], string>(
    (items) => new Set(items.map((item) => item.id)).size === items.length,
    "must have distinct ids",
  );
}

/** The fields of a todo that its users write. */
export const TODO_FIELDS = {
  title: Title,
  description: Description,
  status: EntityId,
  priority: Priority,
  due: Due,
  recurrence: Recurrence,
  reminders: v.pipe(
    v.array(Reminder),
    v.maxLength(REMINDERS_PER_TODO),
    distinctIds(),
  ),
  assignee: EntityId,
  labels: v.pipe(v.array(EntityId), v.maxLength(LABELS_PER_TODO)),
  checklist: v.pipe(
    v.array(ChecklistItem),
    v.maxLength(CHECKLIST_MAX_ITEMS),
    distinctIds(),
  ),
} as const;

export interface Comment {
  readonly id: string;
  readonly text: string;
  readonly author: string;
  readonly created_at: string;
  readonly edited_at?: string;
}

/** A todo as it stands in the group's state and in events. */
export interface Todo {
  readonly id: string;
  /** 1, 2, 3… in the group; never reused. */
  readonly number: number;
  readonly title: string;
  readonly description?: string;
  /** Id of the column it stands in. */
  readonly status: string;
  readonly completed: boolean;
  readonly completed_at?: string;
  readonly priority?: 1 | 2 | 3 | 4;
  readonly due?: Due;
  readonly recurrence?: Recurrence;
  readonly reminders?: readonly Reminder[];
  /** Those of its reminders that have fired; written by timers only. */
  readonly fired_reminders?: readonly FiredReminder[];
  readonly assignee?: string;
  readonly labels?: readonly string[];
  readonly checklist?: readonly ChecklistItem[];
  readonly comments?: readonly Comment[];
  /** Fractional index: order within the column by plain string comparison. */
  readonly position: string;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_by: string;
  readonly updated_at: string;
  /** The group's version after the last event that touched this todo. */
  readonly version: number;
}
