/** Whom and what all examples are about: Ana owns the group "Launch party", Ben is in it. Pure. */
import { type EventData, type EventType, TYPE_PREFIX } from "../../../actors/protocol/mod.ts";
import { partitionOf } from "../../../actors/protocol/routing/mod.ts";
import { dataSchemaPath } from "../event_schemas.ts";

/** An id like those that the platform makes: a UUIDv7. */
function id(last: number): string {
  return `019a9c1e-7c00-7000-8000-${last.toString(16).padStart(12, "0")}`;
}

export const GROUP = id(1);
export const IDS = {
  ana: id(2),
  ben: id(3),
  session: id(4),
  otherSession: id(5),
  createGroup: GROUP,
  create: id(6),
  complete: id(7),
  later: id(8),
  refused: id(9),
  request: id(10),
  trace: "4bf92f3577b34da6a3ce929d0e0e4736",
  host: id(11),
} as const;

/** Instants, in their order. */
export const AT = {
  joined: "2025-11-19T12:37:14.880Z",
  created: "2025-11-19T12:40:02.117Z",
  completed: "2025-11-19T13:05:48.503Z",
  now: "2025-11-19T13:06:00.000Z",
} as const;

export const GROUP_NAME = "Launch party";
export const COLUMNS = [
  { id: "todo", title: "To do" },
  { id: "doing", title: "Doing" },
  { id: "done", title: "Done" },
];
export const LABELS = [{ id: "urgent", name: "Urgent", color: "#c92a2a" }];
export const PARTITION = partitionOf(GROUP);
export const CURSOR = `k3v9-${GROUP}:42.1077`;

/** What a list of todos gives for its next page. */
export const PAGE_CURSOR = btoa(`2:${GROUP}:7`).replace(/=+$/, "");

/** Header, claims and signature of an access token, each shortened. */
export const ACCESS_TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTlhOWMxZSJ9.c2lnbmF0dXJl";
export const TICKET = "Qk2mV7xT0aR9cW5uJ1bN8eYzHs4dLp6GfXoKi3EvMtA";
export const REFRESH_TOKEN = "AaIBsVWfdey6iepRmbZYUgmZ0T5jS1Xh0nq2m3mYbq8hQ0r7m2s9yJ4kTtC6vWzEA";

const DUE = { date: "2027-05-01", time: "09:00", tz: "Europe/Berlin" };

/** A native command that creates a todo. */
export const CREATE = {
  type: "todo.create",
  group_id: GROUP,
  payload: { todo_id: "flowers", title: "Order flowers", priority: 2, due: DUE },
};
/** A native command that completes it. */
export const COMPLETE = {
  type: "todo.complete",
  group_id: GROUP,
  payload: { todo_id: "flowers" },
};

/** What that todo is at first, in the log and in reads alike. */
export const TODO_FIELDS = {
  number: 7,
  title: "Order flowers",
  status: "todo",
  completed: false,
  priority: 2 as const,
  due: DUE,
  position: "a0",
  created_at: AT.created,
  updated_at: AT.created,
  version: 41,
};
/** The todo as the log has it. */
export const TODO = { id: "flowers", ...TODO_FIELDS, created_by: IDS.ana, updated_by: IDS.ana };
export const COMMENT = {
  id: "first",
  text: "Peonies, if they have any",
  author: IDS.ben,
  created_at: AT.completed,
};

/** An event of the group in its envelope, the `version`th. */
export function event<T extends EventType>(
  type: T,
  of: { readonly command: string; readonly version: number; readonly about: string },
  data: EventData[T],
) {
  return {
    specversion: "1.0",
    id: id(0x1000 + of.version),
    type: `${TYPE_PREFIX}${type}`,
    source: `/groups/${GROUP}`,
    subject: of.about,
    time: of.version === 41 ? AT.created : AT.completed,
    datacontenttype: "application/json",
    dataschema: dataSchemaPath(type),
    sequence: String(of.version).padStart(10, "0"),
    partitionkey: GROUP,
    causationid: of.command,
    traceparent: `00-${IDS.trace}-00f067aa0ba902b7-01`,
    authid: IDS.ana,
    commandhash: "Wv6OZqpJx0H4cRk1dNfY2A",
    data,
  };
}

/** The event of {@link CREATE}. */
export const CREATED = event(
  "todo.created",
  { command: IDS.create, version: 41, about: "todos/flowers" },
  { todo: TODO },
);

/** Bodies that are no JSON, by media type and name. */
export const TEXT_EXAMPLES = {
  stream: `retry: 1000\n\nid: ${CURSOR}\nevent: todo-event\ndata: [${JSON.stringify(CREATED)}]\n\n`,
  cluster: `event: cluster-info\ndata: {"at":"${AT.now}", …}\n\n`,
  metrics: "# HELP tf_http_requests_in_flight Requests being answered\n" +
    "# TYPE tf_http_requests_in_flight gauge\n" +
    "tf_http_requests_in_flight 3\n",
} as const;
