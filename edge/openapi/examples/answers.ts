/** An example of every JSON answer, by the name of its schema. */
import { type JsonSchema, schemaDocument } from "../_json_schema.ts";
import type { ANSWER_SCHEMAS } from "../answer_schemas.ts";
import { dataSchemaPath, EVENT_DATA } from "../event_schemas.ts";
import { problemType } from "../problem_types.ts";
import { CLUSTER, JOB, LETTER } from "./operators.ts";
import { problemExample } from "./problems.ts";
import {
  ACCESS_TOKEN,
  AT,
  COLUMNS,
  COMMENT,
  CREATED,
  GROUP,
  GROUP_NAME,
  IDS,
  LABELS,
  PAGE_CURSOR,
  PARTITION,
  REFRESH_TOKEN,
  TICKET,
  TODO,
  TODO_FIELDS,
} from "./values.ts";

const account = { user_id: IDS.ana, username: "ana" };
const CookieSession = {
  token: ACCESS_TOKEN,
  access_token: ACCESS_TOKEN,
  ...account,
  expires_in: 600,
};
const GroupSummary = {
  group_id: GROUP,
  group_name: GROUP_NAME,
  role: "owner",
  created_at: AT.joined,
  version: 41,
};
const names = { id: GROUP, name: GROUP_NAME, group_id: GROUP, group_name: GROUP_NAME };
const TodoInList = {
  todo_id: "flowers",
  group_id: GROUP,
  created_by_user_id: IDS.ana,
  created_by_username: "ana",
  updated_by_user_id: IDS.ana,
  updated_by_username: "ana",
  ...TODO_FIELDS,
};
const create = { command_id: IDS.create, group_id: GROUP };
const CommittedCommand = {
  status: "committed",
  ...create,
  partition: PARTITION,
  version: 41,
  events: [CREATED],
};
const refusal = problemExample("not-found", {
  detail: 'Todo "cake" does not exist in the group',
});
const Task = {
  id: 1207,
  board_id: 1,
  title: "Order flowers",
  description: "Peonies, if they have any",
  completed: true,
  created_by: 15,
  created_at: { seconds: 1_763_556_002, nanos: 117_000_000 },
  updated_at: { seconds: 1_763_557_548, nanos: 503_000_000 },
};

const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const ACT = {
  actor_user_id: IDS.ana,
  actor_username: "ana",
  time: AT.created,
  version: 41,
  command_id: IDS.create,
  type: "todo.created",
};
const AUDITED = { event_id: CREATED.id, ...ACT, todo_id: TODO.id, data: { todo: TODO } };

export const ANSWER_EXAMPLES: { readonly [N in keyof typeof ANSWER_SCHEMAS]?: unknown } = {
  ProblemType: problemType("version-conflict"),
  Profile: { id: IDS.ana, ...account, created_at: AT.joined },
  SessionList: {
    sessions: [
      {
        id: IDS.session,
        created_at: AT.joined,
        last_used_at: AT.completed,
        current: true,
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
      },
      {
        id: IDS.otherSession,
        created_at: AT.joined,
        last_used_at: AT.created,
        current: false,
        user_agent: null,
      },
    ],
  },
  Ticket: { ticket: TICKET, expires_at: "2026-11-22T10:00:30.000Z" },
  Session: { ...CookieSession, refresh_token: REFRESH_TOKEN },
  CookieSession,
  JsonWebKeySet: {
    keys: [{
      kty: "OKP",
      crv: "Ed25519",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
      kid: "2025-11",
      alg: "EdDSA",
      use: "sig",
    }],
  },
  GroupList: { groups: [GroupSummary] },
  Group: {
    ...GroupSummary,
    id: GROUP,
    name: GROUP_NAME,
    created_by: IDS.ana,
    columns: COLUMNS,
    labels: LABELS,
    members: [
      { user_id: IDS.ana, username: "ana", role: "owner", joined_at: AT.joined },
      { user_id: IDS.ben, username: "ben", role: "member", joined_at: AT.created },
    ],
  },
  NewGroup: { ...names, role: "owner", version: 2 },
  RenamedGroup: { ...names, version: 42 },
  TodoPage: { todos: [TodoInList], version: 41, next_cursor: PAGE_CURSOR },
  AuditPage: { group_id: GROUP, version: 41, events: [AUDITED], next_cursor: PAGE_CURSOR },
  TodoHistory: {
    group_id: GROUP,
    todo_id: TODO.id,
    version: 41,
    events: [AUDITED],
    blame: { fields: { title: { ...ACT, to: TODO.title } } },
  },
  Verification: {
    group_id: GROUP,
    valid: true,
    complete: true,
    commits: 40,
    events: 41,
    head: { version: 41, sequence: 1077, hash: HASH },
    read_model: { version: 41, events: 41, agrees: true },
  },
  TodoWithComments: { ...TodoInList, comments: [{ ...COMMENT, author_username: "ben" }] },
  CommittedCommand,
  CommandOutcomes: {
    outcomes: [CommittedCommand, {
      status: "rejected",
      command_id: IDS.refused,
      group_id: GROUP,
      problem: refusal,
    }],
  },
  AcceptedCommand: { status: "accepted", ...create, todo_id: "flowers" },
  AcceptedGroup: { status: "accepted", command_id: IDS.createGroup, ...names },
  PendingCommand: { status: "pending", ...create },
  Cluster: CLUSTER,
  DeadLetterList: { dead_letters: [LETTER], next_cursor: "18" },
  DeadLetter: {
    ...LETTER,
    body: `{"command_id":"${IDS.later}","group_id":"${GROUP}","actor":"${IDS.ben}",` +
      '"type":"todo.create","payload":{"title":"Order flowers"}}',
    body_encoding: "utf-8",
  },
  ReplayedMessage: { sequence: LETTER.sequence, status: "committed", version: 43 },
  ProjectionJob: JOB,
  ProjectionJobList: { jobs: [JOB] },
  StoredMessage: { sequence: LETTER.sequence, status: "stored" },
  Task,
  TaskPage: { tasks: [Task], total_count: 1, page: 1, page_size: 10 },
  Readiness: {
    status: "ready",
    ready: true,
    checks: { nats: { ok: true, latency_ms: 0.4 }, postgres: { ok: true, latency_ms: 1.2 } },
  },
};

/** The schema of an event's data, as it is served. */
export function schemaExample(): JsonSchema {
  return schemaDocument(EVENT_DATA["group.deleted"], {
    id: dataSchemaPath("group.deleted"),
    title: "Data of group.deleted events",
  });
}
