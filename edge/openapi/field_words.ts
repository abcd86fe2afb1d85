/** What the fields of the contract mean, in a sentence each, for the documents. Pure. */
import {
  ANSWER_WORDS,
  MESSAGE_WORDS,
  OPERATOR_WORDS,
  schemaWords,
  SOCKET_WORDS,
} from "./words/mod.ts";

type Schema = { readonly [keyword: string]: unknown };

/** By name, where it means the same everywhere; by schema and name where it does not. */
const WORDS: Readonly<Record<string, string>> = {
  access_token: "The same as token",
  after: "Id of the todo after which it is put; not together with before",
  assignee: "Id of the member who is to do it",
  atomic: "Whether all commands take effect or none does",
  authid: "Id of the user who sent the command",
  before: "Id of the todo before which it is put; not together with after",
  before_due_minutes: "Minutes before the todo is due",
  causationid: "Id of the command that caused the event",
  changes: "The fields that changed, each with its value before and after",
  checklist: "Steps of the todo that can be ticked off",
  color: "Colour as # and six hexadecimal digits",
  columns: "The columns of the group's board, from left to right",
  command_id: "Id of the command, a UUIDv7; the same id takes effect once",
  commandhash: "Digest of the command, by which its repetition is known",
  comment: "The comment",
  comment_id: "Id of the comment",
  comments: "What members wrote about the todo, the oldest first",
  completed: "Whether it is done",
  completed_at: "When it was done",
  created_at: "When it was created",
  created_by: "Id of the user who created it",
  created_by_user_id: "Id of the user who created it",
  created_by_username: "Name of the user who created it; (deleted) where the account is no more",
  current_password: "The password until now",
  data: "What happened; its form follows from type",
  datacontenttype: "Media type of data",
  dataschema: "Where the JSON Schema of data is",
  due: "When it is to be done",
  edited_at: "When it was last edited",
  events: "What the command changed, in order",
  expected_version:
    "Version of the todo, else of the group, that the sender saw; when it is another " +
    "by then the command is refused with version-conflict",
  expires_in: "Seconds for which the access token is good",
  fired_reminders: "Those of its reminders that have fired",
  from: "The value before; absent where there was none",
  group_id: "Id of the group",
  group_name: "Name of the group",
  joined_at: "When the user became a member",
  labels: "Ids of labels of the group",
  members: "Who is in the group",
  new_password: "The password from now on",
  next_cursor: "What to send as cursor for the next page; absent on the last",
  number: "Number of the todo in its group: 1, 2, 3 and so on; never used again",
  partition: "Partition of the log that the group belongs to",
  partitionkey: "Id of the group, whose events come in order",
  password: "The password of the account",
  payload: "What the command is to do; its form follows from type",
  position: "Place within its column: todos are ordered by comparing these texts",
  priority: "1 is the most urgent, 4 the least",
  problem: "Why it was refused",
  recurrence: "When it comes again",
  redoes: "Id of the undone command that this does again",
  refresh_token: "Good for one exchange for new tokens",
  reminders: "When to remind of it",
  specversion: "Version of CloudEvents",
  text: "The text",
  title: "One line that says what is to be done",
  to: "The value after; absent where there is none",
  todo: "The todo as it is after the event, or was before it was deleted",
  todo_id: "Id of the todo",
  todos: "The todos",
  token: "Access token: send it as Authorization: Bearer",
  traceparent: "Trace (W3C) of the request that caused this, where it was sampled",
  type: "Kind of command",
  undoes: "Id of the command that this takes back",
  updated_at: "When it was last changed",
  updated_by: "Id of the user who changed it last",
  updated_by_user_id: "Id of the user who changed it last",
  updated_by_username:
    "Name of the user who changed it last; (deleted) where the account is no more",
  user_id: "Id of the user",
  username: "Name with which the user signs in",
  version: "Version of the group: its changes until now",
  role: "What the member may do: owners everything, admins all but what owners keep, members todos",
  "ChecklistItem.id": "Id of the step",
  "ChecklistItem.done": "Whether the step is ticked off",
  "CommittedCommand.status": "That the log has stored what the command changed",
  "CommittedCommand.version": "Version of the group after the command",
  "GroupUpdateLabelsPayload.labels": "All labels that todos of the group can have from now on",
  "ProblemType.title": "What the code means",
  "ProblemType.type": "Where this explanation is",
  "ProblemType.code": "Stable name of what went wrong, for programs",
  "Snapshot.labels": "The labels that todos of the group can have",
  "group.updated.labels": "The labels that todos of the group can have",
  "Column.title": "Name that is shown above the column",
  "Column.id": "Id of the column, which todos have as status",
  "Column.wip_limit": "Most todos that should stand in it at once",
  "Comment.author": "Id of the user who wrote it",
  "Comment.id": "Id of the comment",
  "Due.date": "The day, as YYYY-MM-DD",
  "Due.time": "The time of that day, as HH:MM; absent for the whole day",
  "Due.tz": "Time zone of the time, such as Europe/Berlin",
  "Group.id": "The same as group_id",
  "Group.name": "The same as group_name",
  "Group.labels": "The labels that todos of the group can have",
  "GroupToMake.name": "Name of the group",
  "Label.id": "Id of the label",
  "Label.name": "Name that is shown",
  "Problem.type": "Where the code is explained",
  "Problem.title": "What the code means, the same each time",
  "Problem.status": "The status of the answer",
  "Problem.detail": "What is wrong this time, and what to change",
  "Problem.instance": "Id of the request, as in Request-Id",
  "Problem.code": "Stable name of what went wrong, for programs",
  "Problem.retryable": "Whether the same request may succeed later",
  "Problem.error": "The same as detail, for Todo-1M's clients",
  "Problem.errors": "What of the request is wrong: fields of the body, parameters, header fields",
  "Problem.header": "Name of the header field",
  "Problem.parameter": "Name of the parameter in path or query",
  "Problem.pointer": "JSON Pointer (RFC 6901) to the field in the body",
  "Problem.message": "What is wrong with it",
  "Problem.version": "The current version, where the refusal is about versions",
  "Problem.current":
    "The todo or group at that version or a later one, as a read of it answers; absent where it is gone " +
    "or cannot be read now, and in lists of commands and outcomes of earlier ones",
  "Problem.trace_id": "Trace (W3C) of the request",
  "Recurrence.rule": "A subset of RRULE (RFC 5545)",
  "Recurrence.anchor": "Whether it counts from the due date or from when it was done",
  "Todo.id": "Id of the todo",
};

/** Schemas whose todo has these fields too. */
const OF_TODOS: Readonly<Record<string, string>> = {
  description: "Text of several lines (Markdown), in bytes of UTF-8 at most 16384",
  status: "Id of the column it stands in",
  version: "Version of the group with the last change of the todo",
};

/** Events have these in their envelopes. */
const OF_EVENTS: Readonly<Record<string, string>> = {
  id: "Id of the event",
  sequence: "Version of the group with this event, with leading zeros",
  source: "The group as a path",
  subject: "What of the group the event is about",
  time: "When it happened",
  type: "Kind of event",
};

/** All of these by schema and path, by schema and name, or by name. */
export const FIELD_WORDS: Readonly<Record<string, string>> = {
  ...WORDS,
  ...ANSWER_WORDS,
  ...MESSAGE_WORDS,
  ...SOCKET_WORDS,
  ...OPERATOR_WORDS,
};

/** Where a field is: its schema, and the names of the fields that lead to it, its own the last. */
interface Place {
  readonly schema: string;
  readonly path: readonly string[];
}

/** `schemas` with the meaning of each of them and of each field that has no words of its own. */
export function withFieldWords(
  schemas: Readonly<Record<string, Schema>>,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const words = schemaWords(name);
      const inner = told({ schema: name, path: [] }, schema) as Schema;
      return [name, words === undefined ? inner : { description: words, ...inner }];
    }),
  );
}

function told(place: Place, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => told(place, each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "properties" ? toldFields(place, inner) : told(place, inner),
    ]),
  );
}

function toldFields({ schema, path }: Place, fields: unknown): object {
  return Object.fromEntries(
    Object.entries(fields as Record<string, object>).map(([field, value]) => {
      const place = { schema, path: [...path, field] };
      const words = wordsOf(place, field);
      const inner = told(place, value) as object;
      return [field, words === undefined ? inner : { description: words, ...inner }];
    }),
  );
}

/** By the whole path, then by schema and name, by what the schema is about, at last by name. */
function wordsOf({ schema, path }: Place, field: string): string | undefined {
  for (const key of [`${schema}.${path.join(".")}`, `${schema}.${field}`]) {
    const own = FIELD_WORDS[key];
    if (own !== undefined) return own;
  }
  const isEvent = /^[a-z]+\./.test(schema);
  if (isEvent && path.length === 1 && OF_EVENTS[field] !== undefined) return OF_EVENTS[field];
  const isTodo = /^Todo([A-Z]|$)/.test(schema) && !schema.endsWith("Page");
  return (isTodo ? OF_TODOS[field] : undefined) ?? FIELD_WORDS[field];
}
