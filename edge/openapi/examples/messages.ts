/** An example of every frame and of every message on NATS, by its name among the components. */
import { CLUSTER } from "./operators.ts";
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

/** A Message Example Object (AsyncAPI 3.0). */
export interface MessageExample {
  readonly name: string;
  readonly summary: string;
  readonly headers?: { readonly id?: string; readonly retry?: number };
  readonly payload: unknown;
}

/** What happened to an account or a session. */
function accountEvent(kind: "user" | "session", verb: string, data: object) {
  const subject = kind === "user" ? `users/${IDS.ana}` : `sessions/${IDS.session}`;
  return {
    specversion: "1.0",
    id: IDS.later,
    type: `com.todo1m.${kind}.${verb}`,
    source: `/users/${IDS.ana}`,
    subject,
    time: AT.now,
    datacontenttype: "application/json",
    data: { user_id: IDS.ana, ...data },
  };
}

const commit: MessageExample = {
  name: "created",
  summary: "A todo was created",
  payload: [CREATED],
};
const sessionEnded = { session_id: IDS.session, reason: "signed-out" };

export const MESSAGE_EXAMPLES: Readonly<Record<string, MessageExample>> = {
  todoEvent: { ...commit, headers: { id: CURSOR } },
  snapshot: {
    name: "joined",
    summary: "The first frame for a group",
    headers: { id: CURSOR },
    payload: {
      id: GROUP,
      name: GROUP_NAME,
      version: 41,
      columns: COLUMNS,
      labels: LABELS,
      members: [{ user_id: IDS.ana, role: "owner", joined_at: AT.joined }],
      todos: [TODO],
    },
  },
  reset: {
    name: "away-too-long",
    summary: "The reader was away for so long that a snapshot is cheaper",
    payload: { group_id: GROUP, reason: "too-far-behind" },
  },
  revoked: {
    name: "removed",
    summary: "The reader was removed from the group",
    payload: { group_id: GROUP, reason: "member-removed" },
  },
  bye: {
    name: "draining",
    summary: "The streamer stops: connect to another one now",
    headers: { id: CURSOR, retry: 250 },
    payload: { reason: "draining", retry: "now", cursor: CURSOR, retry_ms: 250 },
  },
  heartbeat: { name: "quiet", summary: "Nothing has happened", payload: null },
  clusterInfo: { name: "two-hosts", summary: "Two hosts share the work", payload: CLUSTER },
  command: {
    name: "create",
    summary: "Ana creates a todo",
    payload: { command_id: IDS.create, actor: IDS.ana, ...CREATE },
  },
  commit,
  sessionEnd: {
    name: "signed-out",
    summary: "Ana has signed out",
    payload: { user_id: IDS.ana, session_id: IDS.session },
  },
  userEvent: {
    name: "renamed",
    summary: "Ana has another user name",
    payload: accountEvent("user", "updated", { changed: ["username"] }),
  },
  sessionEvent: {
    name: "signed-out",
    summary: "Ana has signed out",
    payload: accountEvent("session", "invalidated", sessionEnded),
  },
  tokenToCheck: {
    name: "asked",
    summary: "A service was shown a token",
    payload: { token: ACCESS_TOKEN },
  },
  tokenCheck: {
    name: "good",
    summary: "The token is Ana's",
    payload: { valid: true, user_id: IDS.ana, session: IDS.session, expires_at: AT.now },
  },
  userDisconnect: {
    name: "asked",
    summary: "Ana wants all her streams to end",
    payload: { user_id: IDS.ana },
  },
};
