/**
 * Schemas of what the edge answers. Where the code has a type for it, the compiler holds the schema against
 * that; the integration tests hold every one against real answers.
 */
import * as v from "valibot";
import type { ClusterInfo } from "../../actors/cluster/mod.ts";
import {
  ChecklistItem,
  Column,
  CommentText,
  Description,
  Due,
  EntityId,
  GroupName,
  Instant,
  Label,
  type ProblemBody,
  type ProblemCode,
  PROBLEMS,
  Recurrence,
  Reminder,
  Title,
  UuidV7,
} from "../../actors/protocol/mod.ts";
import type {
  GroupDetail,
  GroupItem,
  TodoItem,
  TodoWithComments as TodoDetail,
} from "../reads/mod.ts";
import { AUDIT_SCHEMAS } from "./audit_schemas.ts";
import {
  Comment,
  Count,
  EVENT_TYPES,
  eventSchema,
  FiredReminder,
  Role,
  Todo,
  TodoChanges,
  todoEntries,
  Version,
} from "./event_schemas.ts";

const text = v.string();
const ProblemCodeName = v.picklist(Object.keys(PROBLEMS) as ProblemCode[]);

const sessionEntries = {
  token: text,
  access_token: text,
  user_id: UuidV7,
  username: text,
  expires_in: Count,
};

const groupEntries = {
  group_id: EntityId,
  group_name: GroupName,
  role: Role,
  created_at: Instant,
  version: Version,
};
const GroupSummary = v.object(groupEntries) satisfies v.GenericSchema<unknown, GroupItem>;
const Group = v.object({
  ...groupEntries,
  id: EntityId,
  name: GroupName,
  created_by: EntityId,
  columns: v.array(Column),
  labels: v.array(Label),
  members: v.array(v.object({ user_id: EntityId, username: text, role: Role, joined_at: Instant })),
}) satisfies v.GenericSchema<unknown, GroupDetail>;
const groupNames = { id: EntityId, name: GroupName, group_id: EntityId, group_name: GroupName };

const todoItemEntries = {
  todo_id: EntityId,
  group_id: EntityId,
  created_by_user_id: EntityId,
  created_by_username: text,
  updated_by_user_id: EntityId,
  updated_by_username: text,
  ...todoEntries,
};
const TodoInList = v.object(todoItemEntries) satisfies v.GenericSchema<unknown, TodoItem>;
const NamedComment = v.object({ ...Comment.entries, author_username: text });

const TodoWithComments = v.object({
  ...todoItemEntries,
  comments: v.array(NamedComment),
}) satisfies v.GenericSchema<unknown, TodoDetail>;

/** What is wrong with one part of a request. */
const fault = { code: text, message: text };
const FaultyField = v.object({ pointer: text, ...fault });
const Problem = v.object({
  type: v.pipe(text, v.regex(/^\/problems\/[a-z-]+$/)),
  title: text,
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  detail: text,
  instance: text,
  code: ProblemCodeName,
  retryable: v.boolean(),
  error: text,
  message: text,
  errors: v.exactOptional(v.array(v.union([
    FaultyField,
    v.object({ parameter: text, ...fault }),
    v.object({ header: text, ...fault }),
  ]))),
  version: v.exactOptional(Count),
  current: v.exactOptional(v.union([TodoWithComments, Group])),
  trace_id: v.exactOptional(text),
}) satisfies v.GenericSchema<unknown, ProblemBody>;

const { type, title, status, code, retryable } = Problem.entries;
const ProblemType = v.object({
  type,
  title,
  status,
  code,
  retryable,
  what_happened: text,
  what_to_do: text,
});

const Event = v.variant("type", EVENT_TYPES.map(eventSchema));
const command = { command_id: UuidV7, group_id: EntityId };
const CommittedCommand = v.object({
  status: v.literal("committed"),
  ...command,
  partition: Count,
  version: Version,
  events: v.array(Event),
});

const HostInfo = v.object({
  host_id: text,
  name: text,
  started_at: Instant,
  code_version: text,
  state: v.picklist(["live", "draining", "silent"]),
  silent_ms: v.number(),
  blocks: Count,
  resident_actors: Count,
  actor_bytes: Count,
  commands: Count,
  commands_per_second: v.number(),
  takeovers: v.object({ dead: Count, handed: Count }),
});
const Cluster = v.object({
  at: Instant,
  hosts: v.array(HostInfo),
  blocks: v.array(v.object({
    block: Count,
    partitions: v.tuple([Count, Count]),
    owners: v.array(text),
    cursor: v.exactOptional(Count),
    cursor_lag: Count,
    pending: Count,
  })),
  mailboxes: v.array(v.object({ stream: text, pending: Count, cursor_lag: Count })),
  streams: v.array(v.object({
    name: text,
    messages: Count,
    bytes: Count,
    max_bytes: v.exactOptional(Count),
    first_sequence: Count,
    last_sequence: Count,
    leader: v.exactOptional(text),
  })),
  totals: v.object({
    commands_per_second: v.number(),
    resident_actors: Count,
    pending: Count,
    mailbox_messages: Count,
    log_messages: Count,
    dead_letters: Count,
    unowned_blocks: Count,
    contested_blocks: Count,
  }),
}) satisfies v.GenericSchema<unknown, ClusterInfo>;

const letterEntries = {
  sequence: Count,
  recorded_at: v.pipe(text, v.isoTimestamp()),
  subject: text,
  stream: v.exactOptional(text),
  stream_sequence: v.exactOptional(Count),
  source_stream: v.exactOptional(text),
  reason: text,
  at: v.exactOptional(text),
  tries: Count,
  process: text,
  code_version: v.exactOptional(text),
  size_bytes: Count,
  truncated: v.boolean(),
  headers: v.record(text, text),
};
const DeadLetterInList = v.object(letterEntries);
const sequence = { sequence: Count };

const Timestamp = v.object({ seconds: v.number(), nanos: v.exactOptional(Count) });
/** Taskboard leaves out what is empty or false. */
const Task = v.object({
  id: Count,
  board_id: Count,
  title: text,
  description: v.exactOptional(text),
  completed: v.exactOptional(v.literal(true)),
  created_by: Count,
  created_at: Timestamp,
  updated_at: Timestamp,
});

const jobEntries = {
  job_id: v.pipe(text, v.uuid()),
  kind: v.picklist(["rebuild", "check"]),
  group_id: v.exactOptional(EntityId),
  state: v.picklist(["requested", "running", "done", "failed", "cancelled"]),
  cancel_requested: v.boolean(),
  requested_at: Instant,
  started_at: v.exactOptional(Instant),
  finished_at: v.exactOptional(Instant),
  progress: v.object({
    phase: v.exactOptional(text),
    messages_done: v.exactOptional(Count),
    messages_total: v.exactOptional(Count),
    events_done: v.exactOptional(Count),
    events_per_second: v.exactOptional(Count),
    seconds_left: v.exactOptional(Count),
  }),
  error: v.exactOptional(text),
};
const ProjectionJobInList = v.object(jobEntries);

export const ANSWER_SCHEMAS = {
  Problem,
  ProblemType,
  Profile: v.object({ id: UuidV7, user_id: UuidV7, username: text, created_at: Instant }),
  SessionList: v.object({
    sessions: v.array(v.object({
      id: text,
      created_at: Instant,
      last_used_at: Instant,
      current: v.boolean(),
      user_agent: v.nullable(text),
    })),
  }),
  Task,
  TaskPage: v.object({ tasks: v.array(Task), total_count: Count, page: Count, page_size: Count }),
  Ticket: v.object({
    ticket: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
    expires_at: Instant,
  }),
  Session: v.object({ ...sessionEntries, refresh_token: text }),
  CookieSession: v.object(sessionEntries),
  JsonWebKeySet: v.object({
    keys: v.array(v.object({
      kty: v.literal("OKP"),
      crv: v.literal("Ed25519"),
      x: text,
      kid: text,
      alg: text,
      use: v.literal("sig"),
    })),
  }),
  GroupSummary,
  GroupList: v.object({ groups: v.array(GroupSummary), next_cursor: v.exactOptional(text) }),
  Group,
  NewGroup: v.object({ ...groupNames, role: v.literal("owner"), version: Version }),
  RenamedGroup: v.object({ ...groupNames, version: Version }),
  Todo,
  TodoChanges,
  TodoInList,
  TodoPage: v.object({
    todos: v.array(TodoInList),
    version: Version,
    next_cursor: v.exactOptional(text),
  }),
  TodoWithComments,
  Event,
  ...AUDIT_SCHEMAS,
  CommittedCommand,
  CommandOutcomes: v.object({
    outcomes: v.array(v.variant("status", [
      CommittedCommand,
      v.object({ status: v.literal("accepted"), ...command }),
      v.object({ status: v.picklist(["rejected", "unknown"]), ...command, problem: Problem }),
      v.object({
        status: v.literal("refused"),
        command_id: v.exactOptional(UuidV7),
        group_id: v.exactOptional(EntityId),
        problem: Problem,
      }),
    ])),
  }),
  AcceptedCommand: v.object({
    status: v.literal("accepted"),
    ...command,
    todo_id: v.exactOptional(EntityId),
    version: v.exactOptional(Version),
  }),
  AcceptedGroup: v.object({
    status: v.literal("accepted"),
    command_id: UuidV7,
    ...groupNames,
  }),
  PendingCommand: v.object({ status: v.literal("pending"), ...command }),
  Cluster,
  DeadLetterInList,
  DeadLetterList: v.object({
    dead_letters: v.array(DeadLetterInList),
    next_cursor: v.exactOptional(text),
  }),
  DeadLetter: v.object({
    ...letterEntries,
    body: text,
    body_encoding: v.picklist(["utf-8", "base64"]),
  }),
  ReplayedMessage: v.union([
    v.object({ ...sequence, status: v.picklist(["committed", "projected"]), version: Version }),
    v.object({
      ...sequence,
      status: v.literal("rejected"),
      problem: v.object({
        code: ProblemCodeName,
        detail: text,
        errors: v.exactOptional(v.array(FaultyField)),
        version: v.exactOptional(Version),
      }),
    }),
  ]),
  ProjectionJobInList,
  ProjectionJobList: v.object({ jobs: v.array(ProjectionJobInList) }),
  ProjectionJob: v.object({ ...jobEntries, result: v.exactOptional(v.record(text, v.unknown())) }),
  StoredMessage: v.object({ ...sequence, status: v.literal("stored") }),
  Readiness: v.object({
    status: v.picklist(["starting", "ready", "degraded", "unavailable", "draining"]),
    ready: v.boolean(),
    checks: v.record(text, v.object({ ok: v.boolean(), latency_ms: v.number() })),
  }),
};

/** What other schemas are made of, where a name of its own makes them easier to read. */
export const PART_SCHEMAS = {
  EntityId,
  UuidV7,
  Instant,
  Version,
  Role,
  Title,
  GroupName,
  Description,
  CommentText,
  Due,
  Recurrence,
  Reminder,
  FiredReminder,
  ChecklistItem,
  Column,
  Label,
  Comment,
};

/** Every event in its envelope by the name it has among the components. */
export const EVENT_SCHEMAS: Readonly<Record<string, v.GenericSchema>> = Object.fromEntries(
  EVENT_TYPES.map((type, index) => [type, Event.options[index] ?? Event]),
);
