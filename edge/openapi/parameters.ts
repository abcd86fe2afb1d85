/** The parameters of paths, queries and header fields, each described once for all operations. */
import { EVENT_TYPES } from "../../actors/protocol/mod.ts";
import { SORT_FIELDS } from "../../actors/query/mod.ts";
import type { JsonSchema } from "./_json_schema.ts";
import { AT, CURSOR, GROUP, IDS, PAGE_CURSOR, REFRESH_TOKEN, TICKET } from "./examples/mod.ts";

interface Described {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: unknown;
}

const ONE_ID = "[A-Za-z0-9_\\-]{1,64}";
const ID = { type: "string", pattern: `^${ONE_ID}$` };
const IDS_WITH_COMMAS = {
  type: "string",
  pattern: `^[ ,]*${ONE_ID}(?: *,[ ,]*${ONE_ID})*[ ,]*$`,
};
const UUID = {
  type: "string",
  format: "uuid",
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
};
const NUMBER = { type: "string", pattern: "^[1-9][0-9]{0,14}$" };
const WHOLE = { type: "integer", minimum: 0, maximum: 999_999_999_999_999 };
const TEXT = { type: "string" };
const SOME_TEXT = { type: "string", minLength: 1 };
const SORT_KEY = ` *-?(?:${SORT_FIELDS.join("|")}) *`;

/** Parameters of paths by name. */
export const PATH_PARAMETERS: Readonly<Record<string, Described>> = {
  group_id: { description: "Id of the group", schema: ID, example: GROUP },
  todo_id: { description: "Id of the todo", schema: ID, example: "flowers" },
  user_id: { description: "Id of the user", schema: ID, example: IDS.ben },
  session_id: { description: "Id of the session", schema: ID, example: IDS.session },
  command_id: { description: "Id of the command, a UUIDv7", schema: UUID, example: IDS.create },
  task_id: {
    description: "Number of the task",
    schema: { type: "string", pattern: "^[0-9]{1,15}$" },
    example: "1207",
  },
  job_id: {
    description: "Id of the job, a UUID",
    schema: {
      type: "string",
      format: "uuid",
      pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    },
    example: "5b0c9d0e-7f3a-4c52-9a55-0f3d2c1b4a69",
  },
  sequence: { description: "Number of the dead letter", schema: NUMBER, example: "19" },
  name: {
    description: "File name as the pages refer to it",
    schema: TEXT,
    example: "app-QRMJ5V2K.css",
  },
  type: { description: "Type of the event", schema: TEXT, example: "todo.created" },
  code: { description: "Code of the problem", schema: TEXT, example: "version-conflict" },
  version: {
    description: "Version of the event's data with .json behind it",
    schema: TEXT,
    example: "1.json",
  },
};

interface Query extends Described {
  readonly required?: true;
  /** Whether no value means the same as no parameter, as old clients expect; else it is malformed. */
  readonly allowEmptyValue?: true;
}

const QUERY = {
  group_id: { description: "Id of the group", schema: ID, required: true, example: GROUP },
  check_group_id: {
    description: "Only this group; all of them without it",
    schema: ID,
    example: GROUP,
  },
  selected_group: {
    description: "Id of the group whose todos are shown",
    schema: TEXT,
    example: GROUP,
    allowEmptyValue: true,
  },
  group_ids: {
    description:
      "Ids of the groups to follow, separated by commas; at most as many as the streamer allows",
    schema: IDS_WITH_COMMAS,
    required: true,
    example: GROUP,
  },
  since: {
    description: "Cursor after which to resume; the field Last-Event-ID counts first",
    schema: SOME_TEXT,
    example: CURSOR,
  },
  presence: {
    description:
      "The reader is shown to the members as present, and they to the reader: 1 in all groups of the " +
      "stream, or ids of some of them, separated by commas; ids of other groups count for nothing",
    schema: { anyOf: [{ type: "string", enum: ["1"] }, IDS_WITH_COMMAS] },
    example: "1",
  },
  ticket: {
    description: "A ticket of POST /api/v1/tickets; never an access token",
    schema: { type: "string", pattern: "^[A-Za-z0-9_-]{43}$" },
    example: TICKET,
  },
  limit: {
    description: "Most items of the page, 1 to 200; anything else means 50",
    schema: {
      anyOf: [{ type: "integer", minimum: 1, maximum: 200 }, { type: "string" }],
      default: 50,
    },
    allowEmptyValue: true,
    example: 50,
  },
  group_limit: {
    description: "Most items of the page",
    schema: { type: "integer", minimum: 1, maximum: 200, default: 200 },
    example: 50,
  },
  letter_limit: {
    description: "Most items of the page",
    schema: { type: "integer", minimum: 1, maximum: 200, default: 50 },
    example: 50,
  },
  cursor: {
    description: "The next_cursor of the page before, of the same list; any other is malformed",
    schema: { type: "string", pattern: "^[A-Za-z0-9_-]{7,4096}$" },
    example: PAGE_CURSOR,
  },
  letter_cursor: {
    description: "The next_cursor of the page before",
    schema: NUMBER,
    example: "18",
  },
  group_cursor: {
    description:
      "The next_cursor of the page before, of the caller's own list; any other is malformed",
    schema: { type: "string", pattern: "^[A-Za-z0-9_-]{7,256}$" },
    example: PAGE_CURSOR,
  },
  audit_limit: {
    description: "Most events of the page",
    schema: { type: "integer", minimum: 1, maximum: 200, default: 50 },
    example: 50,
  },
  audit_cursor: {
    description:
      "The next_cursor of the answer before, to the same question; with another group or other filters it is " +
      "malformed",
    schema: { type: "string", pattern: "^[A-Za-z0-9_-]{24,190}$" },
    example: PAGE_CURSOR,
  },
  actor: {
    description: "Id of a user: only events that this user has caused; system stands for timers",
    schema: ID,
    example: IDS.ana,
  },
  event_type: {
    description:
      "Only events of this type, such as todo.created; with a dot at its end, of all types " +
      "that begin so, such as todo.",
    schema: {
      type: "string",
      enum: [...new Set(EVENT_TYPES.map((type) => type.replace(/\..*/, "."))), ...EVENT_TYPES],
    },
    example: "todo.",
  },
  from: {
    description: "Only events of this instant or later, RFC 3339; before to",
    schema: { type: "string", format: "date-time" },
    example: AT.joined,
  },
  to: {
    description: "Only events before this instant, RFC 3339",
    schema: { type: "string", format: "date-time" },
    example: AT.now,
  },
  filter: {
    description:
      "Which todos: conditions with & (and), | (or), ! (not) and parentheses. Conditions are words (done, " +
      "overdue, today, tomorrow, p1 to p4) and comparisons (: = != and, where there is an order, < <= > >=) of " +
      "due, created, updated, completed (days: today, tomorrow, yesterday, +7d, -2w, 2026-11-30; instants too, " +
      "but not for due), done (true, false), label, status or column, assignee, created_by, updated_by (an id " +
      "or a name in any case; me), priority (1 to 4), number, title, description, checklist, comment, text for all " +
      "four (: looks for a part, = for the whole of one, in any case) and has (due, label, assignee, priority, description, checklist, " +
      "recurrence, reminder, comment). due, label, assignee and priority can be none. Text with spaces stands in " +
      "quotation marks. What a todo does not have is neither smaller nor greater than anything. The due date " +
      "is compared as it is written, whatever its time and time zone; tz says what day it is today. At most " +
      "64 conditions",
    schema: { type: "string", minLength: 1, maxLength: 1000 },
    example: "due<=today & !done & label:home & assignee:me",
  },
  sort: {
    description:
      "Up to four of position, due, priority, created, updated, title, number with commas between, each with - " +
      "in front to turn it round; the newest first among equals, and without it the best first of what q finds, " +
      "else the newest. What a todo does not have comes last in both directions; a due day comes before its " +
      "times; of titles the first 64 characters count, in any case",
    schema: { type: "string", pattern: `^${SORT_KEY}(?:,${SORT_KEY}){0,3}$` },
    example: "due,-priority",
  },
  q: {
    description:
      "Words that title, description, checklist and comments have, all of them, wherever each stands; the last " +
      "one may be the beginning of a word. Case and punctuation do not count, accents do. What has them in its " +
      "title comes first, then description, checklist, comments. Not together with at",
    schema: { type: "string", minLength: 1, maxLength: 200, pattern: "^[^\\u0000]*$" },
    example: "oat mil",
  },
  tz: {
    description: "Time zone (IANA) in which the filter's days begin and end; UTC without it",
    schema: { type: "string", minLength: 1, maxLength: 64, default: "UTC" },
    example: "Europe/Berlin",
  },
  at: {
    description:
      "Shows it as it was: after the change with this version, or after the last change before any that was " +
      "sent later than this instant. Read from the log, for whoever is a member now, the time before they " +
      "joined included; names of people are those they have now, and today is the day of that moment. Before " +
      "the group there is nothing in it. Counts as ten requests unless the client holds the answer (304)",
    schema: {
      anyOf: [
        { type: "integer", minimum: 0, maximum: 999_999_999_999_999 },
        { type: "string", format: "date-time" },
      ],
    },
    // Every group has been at its first version.
    example: 1,
  },
  min_version: {
    description:
      "Version of the group that the answer must show at least; waited for up to two seconds",
    schema: { type: "integer", minimum: 0, maximum: 999_999_999_999_999 },
    example: 1,
  },
  subject: {
    description: "Only letters of subjects that begin with these whole tokens",
    schema: { type: "string", pattern: "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$", maxLength: 300 },
    example: "app.command",
  },
  partition: {
    description: "Only the block of this partition",
    schema: { type: "integer", minimum: 0, maximum: 1023 },
    example: 517,
  },
  board_id: {
    description: "Number of the board; 1 without it",
    schema: { ...WHOLE, maximum: 2 ** 31 - 1 },
    allowEmptyValue: true,
    example: 1,
  },
  page: {
    description: "Number of the page; 1 without it",
    schema: WHOLE,
    allowEmptyValue: true,
    example: 1,
  },
  page_size: {
    description: "Most tasks of a page: 10 without it, at most 100",
    schema: WHOLE,
    allowEmptyValue: true,
    example: 10,
  },
  completed: {
    description: "Only tasks that are, or are not",
    schema: { type: "boolean" },
    allowEmptyValue: true,
    example: false,
  },
  host: {
    description: "Only the blocks of the host with this id",
    schema: SOME_TEXT,
    example: IDS.host,
  },
} as const satisfies Record<string, Query>;

export type QueryName = keyof typeof QUERY;

/** Names of parameters that mean something else in another operation. */
const RENAMED: Partial<Record<QueryName | RequestHeaderName, string>> = {
  "atomic Idempotency-Key": "Idempotency-Key",
  "atomic If-Match": "If-Match",
  "group If-Match": "If-Match",
  selected_group: "group_id",
  group_ids: "group_id",
  check_group_id: "group_id",
  group_limit: "limit",
  group_cursor: "cursor",
  letter_limit: "limit",
  letter_cursor: "cursor",
  audit_limit: "limit",
  audit_cursor: "cursor",
  event_type: "type",
};

const KEY = {
  description:
    "The same key makes the command take effect once and gets the same answer. A UUIDv7 is " +
    "the command's id itself; any other key stands for one id per caller for 24 hours, and is refused (storage-full, or " +
    "rate-limited) rather than forgotten where there is no room for it. Up to 255 printable characters of ASCII, " +
    "bare or between quotation marks, with which no bare one begins",
  schema: {
    type: "string",
    maxLength: 257,
    pattern: '^(?:"[!-~][ -~]{0,254}"|[!#-~][ -~]{0,254})$',
  },
  example: IDS.create,
} as const;
const MATCH = {
  description: "The ETag of the todo that the command names, else of its group: refused with " +
    "version-conflict when that has changed. What the tag says of names does not count, a weak tag " +
    "never matches, and of a list one tag at most may be of the todo or group in question",
  // The asterisk beside the pattern, not in it: tools find a value for it that header fields can have.
  schema: {
    anyOf: [
      { type: "string", const: "*" },
      { type: "string", pattern: '^(W/)?"[!#-~]*"([ \\t]*,[ \\t]*(W/)?"[!#-~]*")*$' },
    ],
  },
  example: '"v41"',
} as const;

/** What a tag of a group looks like. */
const GROUP_TAG = '"g41"';

const REQUEST_HEADERS = {
  "Idempotency-Key": KEY,
  "atomic Idempotency-Key": {
    ...KEY,
    description: "With atomic only; without it malformed, since each command has a command_id " +
      `of its own. ${KEY.description}`,
  },
  "Prefer": {
    description: "respond-async: answer 202 as soon as the command is stored (RFC 7240)",
    schema: TEXT,
    example: "respond-async",
  },
  "If-Match": MATCH,
  "group If-Match": {
    ...MATCH,
    description:
      "The ETag of the group: refused with version-conflict when that has changed. What the tag " +
      "says of names does not count, a weak tag never matches, and of a list one tag at most may be of the group",
    example: GROUP_TAG,
  },
  "atomic If-Match": {
    ...MATCH,
    example: GROUP_TAG,
    description: "With atomic only; without it malformed, since each command has an " +
      `expected_version of its own. ${MATCH.description}`,
  },
  "If-None-Match": {
    description: "The ETag of what the client holds: answered 304 while that is current",
    schema: TEXT,
    example: '"g41"',
  },
  "Last-Event-ID": { description: "Cursor after which to resume", schema: TEXT, example: CURSOR },
} as const satisfies Record<string, Described>;

export type RequestHeaderName = keyof typeof REQUEST_HEADERS;

/** Header fields of answers; those of every answer are told in the document's description. */
export const ANSWER_HEADERS = {
  "Accept": {
    description: "Media types that bodies may have here",
    schema: TEXT,
    example: "application/json",
  },
  "ETag": {
    description:
      'Names the state that the answer shows: of a group "g<version>", of a todo "v<version>", behind ' +
      "a dot how often a name has changed that it may show, and behind a ~ which list or moment it is, " +
      "or for members of which role" +
      "; of a list of groups a digest",
    required: true,
    schema: TEXT,
    example: '"g41"',
  },
  "Location": {
    description: "Where the outcome of the command, or the job, is or will be",
    schema: TEXT,
    example: `/api/v1/commands/${IDS.create}?group_id=${GROUP}`,
  },
  "Idempotency-Replayed": {
    description: "The command had been decided before: this is the stored outcome",
    schema: { type: "string", enum: ["true"] },
    example: "true",
  },
  "Preference-Applied": {
    description: "What Prefer asked for was done",
    schema: TEXT,
    example: "respond-async",
  },
  "Set-Cookie": {
    description: "The refresh token for the pages of the edge itself; not set for other origins",
    schema: TEXT,
    example:
      `__Secure-todo1m_refresh=${REFRESH_TOKEN}; Path=/api/v1/auth; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure`,
  },
  "Stale-Groups": {
    description:
      "Ids of the groups of which this does not show yet what the caller has written; absent when it shows all of it",
    schema: TEXT,
    example: GROUP,
  },
  "Retry-After": {
    description: "Seconds after which to try again",
    schema: { type: "integer", minimum: 0 },
    example: 1,
  },
  "RateLimit-Policy": {
    description:
      'The quota that applied; of streams, how many may be open at once (qu="concurrent-requests")',
    schema: TEXT,
    example: '"reads";q=2400;w=60',
  },
  "RateLimit": {
    description: "What is left of it, and when it is whole again",
    schema: TEXT,
    example: '"reads";r=2391;t=1',
  },
  "WWW-Authenticate": {
    description: "How to authenticate (RFC 6750)",
    required: true,
    schema: TEXT,
    example: 'Bearer error="invalid_token"',
  },
  "Request-Id": {
    description: "Names the request in logs and problems",
    schema: TEXT,
    example: IDS.request,
  },
} as const satisfies Record<string, Described & { readonly required?: true }>;

export type HeaderName = keyof typeof ANSWER_HEADERS;

/** The names by which requests know the parameters of `query`. */
export function queryNames(query: readonly QueryName[] = []): string[] {
  return query.map((key) => RENAMED[key] ?? key);
}

/** The parameter objects (OpenAPI 3.1, section 4.8.12) of an operation. */
export function parameterObjects(
  from: {
    readonly path: string;
    readonly query?: readonly QueryName[] | undefined;
    readonly requestHeaders?: readonly RequestHeaderName[] | undefined;
  },
): object[] {
  const names = [...from.path.matchAll(/:([a-z_]+)/g)].map(([, name]) => name ?? "");
  return [
    ...names.map((name) => {
      const described = PATH_PARAMETERS[name];
      if (!described) throw new Error(`Cannot describe the path parameter "${name}": add it here`);
      return { name, in: "path", required: true, ...described };
    }),
    ...(from.query ?? []).map((key) => ({ name: RENAMED[key] ?? key, in: "query", ...QUERY[key] })),
    ...(from.requestHeaders ?? []).map((name) => ({
      name: RENAMED[name] ?? name,
      in: "header",
      ...REQUEST_HEADERS[name],
    })),
  ];
}
