/** An example of every message of WebSockets and of presence, by its name among the components. */
import { ANSWER_EXAMPLES } from "./answers.ts";
import type { MessageExample } from "./messages.ts";
import { problemExample } from "./problems.ts";
import {
  ACCESS_TOKEN,
  AT,
  COLUMNS,
  CREATE,
  CREATED,
  CURSOR,
  GROUP,
  GROUP_NAME,
  IDS,
  LABELS,
  TODO,
} from "./values.ts";

const id = "m7";
const people = [
  { user_id: IDS.ben, state: "editing", todo_id: "flowers" },
  { user_id: IDS.ana, state: "viewing" },
];
const present = { group_id: GROUP, count: 2, users: people };

function example(name: string, summary: string, payload: object): MessageExample {
  return { name, summary, payload };
}

export const SOCKET_EXAMPLES: Readonly<Record<string, MessageExample>> = {
  presence: example("two", "Ben edits a todo, Ana looks at the group", present),
  socketAuth: example("token", "The client is Ana's", { op: "auth", id, token: ACCESS_TOKEN }),
  socketSub: example("resume", "Goes on where the client was", {
    op: "sub",
    id,
    group_ids: [GROUP],
    cursor: CURSOR,
    presence: true,
  }),
  socketUnsub: example("leave", "Leaves a group", { op: "unsub", id, group_ids: [GROUP] }),
  socketCommand: example("create", "Creates a todo", {
    op: "cmd",
    id,
    command: { command_id: IDS.create, ...CREATE },
  }),
  socketPresence: example("editing", "Edits a todo", {
    op: "presence",
    id,
    group_id: GROUP,
    state: "editing",
    todo_id: "flowers",
  }),
  socketPing: example("ping", "Asks for a pong", { op: "ping", id }),
  socketAck: example("done", "The groups are followed", { op: "ack", id, group_ids: [GROUP] }),
  socketNack: example("refused", "The command expected another version", {
    op: "nack",
    id,
    problem: problemExample("version-conflict"),
    command_id: IDS.create,
  }),
  socketPong: example("pong", "Answers a ping", { op: "pong", id }),
  socketEvent: example("created", "A todo was created", {
    op: "event",
    cursor: CURSOR,
    data: [CREATED],
  }),
  socketSnapshot: example("joined", "The first message of a group", {
    op: "snapshot",
    cursor: CURSOR,
    data: {
      id: GROUP,
      name: GROUP_NAME,
      version: 41,
      columns: COLUMNS,
      labels: LABELS,
      members: [{ user_id: IDS.ana, role: "owner", joined_at: AT.joined }],
      todos: [TODO],
    },
  }),
  socketReset: example("away-too-long", "A snapshot is cheaper than what was missed", {
    op: "reset",
    group_id: GROUP,
    reason: "too-far-behind",
  }),
  socketRevoked: example("removed", "The reader was removed from the group", {
    op: "revoked",
    group_id: GROUP,
    reason: "member-removed",
  }),
  socketNews: example("two", "Ben edits a todo, Ana looks at the group", {
    op: "presence",
    ...present,
  }),
  socketBye: example("draining", "The streamer stops: connect to another one now", {
    op: "bye",
    reason: "draining",
    retry: "now",
    cursor: CURSOR,
    retry_ms: 250,
  }),
  commandToSend: example("create", "Ana creates a todo", {
    user_id: IDS.ana,
    command: { command_id: IDS.create, ...CREATE },
  }),
  commandOutcome: example(
    "committed",
    "The todo is created",
    ANSWER_EXAMPLES.CommittedCommand as object,
  ),
  commandAccepted: example("stored", "The outcome is not known yet", {
    status: "accepted",
    command_id: IDS.create,
    group_id: GROUP,
  }),
  commandRefusal: example("limited", "Too many at once", {
    problem: {
      code: "rate-limited",
      detail: "Too many requests in a short time: this one was not taken, try again in 3 seconds",
    },
    retry_after: 3,
  }),
  localPresence: example("two", "Two people at one streamer", {
    from: IDS.session,
    count: 2,
    users: people,
  }),
  presenceSaid: example("editing", "Ben edits a todo", people[0] ?? {}),
  streamerAlive: example("alive", "A streamer lives", { from: IDS.session }),
};
