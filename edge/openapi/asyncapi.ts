/**
 * The AsyncAPI 3 document: frames of the streams and messages on NATS, with the schemas of the OpenAPI
 * document. Pure.
 */
import { SESSION_VERBS, USER_VERBS, VALIDATE_TOKEN } from "../../actors/protocol/routing/mod.ts";
import { componentSchemas, type JsonSchema, reference } from "./_json_schema.ts";
import { ANSWER_SCHEMAS, EVENT_SCHEMAS, PART_SCHEMAS } from "./answer_schemas.ts";
import { COMMAND_PARTS } from "./command_schemas.ts";
import { MESSAGE_EXAMPLES } from "./examples/mod.ts";
import { INFO } from "./info.ts";
import { MESSAGE_SCHEMAS } from "./message_schemas.ts";

interface Message {
  readonly name: string;
  readonly summary: string;
  readonly schema: keyof typeof MESSAGE_SCHEMAS | "Cluster";
}

const SSE = "text/event-stream";
const JSON_TYPE = "application/json";

/** Frames by component name; the name of a frame is its `event` field. */
const FRAMES: Readonly<Record<string, Message>> = {
  todoEvent: {
    name: "todo-event",
    summary: "One commit: all its events, in one line, exactly as the log holds them",
    schema: "Commit",
  },
  snapshot: {
    name: "snapshot",
    summary: "A group at one version; what follows begins with the next",
    schema: "Snapshot",
  },
  reset: {
    name: "reset",
    summary: "The cursor cannot be honoured: forget the group, a snapshot follows",
    schema: "Reset",
  },
  revoked: { name: "revoked", summary: "No more of this group for this reader", schema: "Revoked" },
  bye: {
    name: "bye",
    summary: "The stream ends: why, what to do then, and where to resume",
    schema: "Bye",
  },
  clusterInfo: {
    name: "cluster-info",
    summary: "The cluster at one moment",
    schema: "Cluster",
  },
};

/** Messages on NATS by component name. */
const MESSAGES: Readonly<Record<string, Message>> = {
  command: {
    name: "command",
    summary: "A command in its group's mailbox",
    schema: "MailboxCommand",
  },
  commit: { name: "commit", summary: "A commit: a CloudEvents JSON batch", schema: "Commit" },
  sessionEnd: {
    name: "session-end",
    summary: "The tokens and streams of a session are over",
    schema: "SessionEnd",
  },
  userEvent: {
    name: "user-event",
    summary: "An account was created, updated or deleted",
    schema: "UserEvent",
  },
  sessionEvent: {
    name: "session-event",
    summary: "A session was created, or is over",
    schema: "SessionEvent",
  },
  tokenToCheck: {
    name: "token-to-check",
    summary: "Asks whether an access token is valid",
    schema: "TokenToCheck",
  },
  tokenCheck: {
    name: "token-check",
    summary:
      'Whose the token is and how long, or the code of the problem with it; without "valid" ' +
      "it was not checked, and is to be asked for again",
    schema: "TokenCheck",
  },
  userDisconnect: {
    name: "user-disconnect",
    summary: "The user wants all streams to end",
    schema: "UserDisconnect",
  },
};

const FRAME_HEADERS: JsonSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "Cursor: where to resume after this frame" },
    retry: { type: "integer", description: "Milliseconds to wait before reconnecting" },
  },
};

const GROUP_STREAM = ["todoEvent", "snapshot", "reset", "revoked", "bye", "heartbeat"];
const SUBJECT_PARAMETERS = {
  partition: { description: "Partition of the actor's id, 0 to 1023" },
  kind: { description: "Kind of actor; group for groups of people" },
  id: { description: "Id of the actor" },
};

/** The document. */
export function asyncApiDocument() {
  return {
    asyncapi: "3.0.0",
    info: {
      title: `${INFO.title}: streams and messages`,
      version: INFO.version,
      description:
        "Frames of server-sent events (WHATWG HTML, section 9.2) and messages on NATS. A " +
        "frame's message name is its `event` field, its payload the JSON in its one `data` line.",
    },
    defaultContentType: JSON_TYPE,
    servers: {
      streams: { host: "localhost:8080", protocol: "http", description: "Edge or gateway" },
      nats: { host: "localhost:4222", protocol: "nats", description: "Inside the cluster only" },
    },
    channels: {
      groups: {
        ...channel("/events", "streams", GROUP_STREAM),
        description: "What happens in the groups named in the query; see followGroups in " +
          "/openapi.json. The frames of one group come in the order of its log.",
      },
      cluster: {
        ...channel("/sse/cluster-info", "streams", ["clusterInfo"]),
        description: "Hosts, owners and lag once a second.",
      },
      mailbox: actorChannel("command", ["command"], "Mailboxes: commands that wait to be decided."),
      log: actorChannel("event", ["commit"], "The log, kept for ever: one message is one commit."),
      feed: actorChannel(
        "feed",
        ["commit"],
        "The bytes of the log again, as streamers follow them.",
      ),
      sessionEnds: {
        ...channel("auth.session.{session_id}.revoked", "nats", ["sessionEnd"]),
        description: "Ends of sessions, told to every edge and every streamer; never stored.",
        parameters: { session_id: { description: "Id of the session" } },
      },
      users: {
        ...channel("auth.user.{user_id}.{verb}", "nats", ["userEvent"]),
        description: "What happens to accounts, in order for each user, at least once.",
        parameters: {
          user_id: { description: "Id of the user" },
          verb: { enum: [...USER_VERBS], description: "What happened" },
        },
      },
      sessions: {
        ...channel("auth.session.{session_id}.{verb}", "nats", ["sessionEvent"]),
        description: "What happens to sessions, in order for each user, at least once.",
        parameters: {
          session_id: { description: "Id of the session" },
          verb: { enum: [...SESSION_VERBS], description: "What happened" },
        },
      },
      tokenChecks: {
        ...channel(VALIDATE_TOKEN, "nats", ["tokenToCheck", "tokenCheck"]),
        description: "Requests, which whichever edge is free answers; never stored.",
      },
      userDisconnects: {
        ...channel("auth.user.{user_id}.disconnected", "nats", ["userDisconnect"]),
        description: "Wishes to end all streams, told to every streamer; never stored.",
        parameters: { user_id: { description: "Id of the user" } },
      },
    },
    operations: {
      followGroups: operation("send", "groups", "The streamer sends what happens in groups"),
      followCluster: operation("send", "cluster", "The streamer sends the state of the cluster"),
      takeCommands: operation("receive", "mailbox", "Group hosts take commands in their order"),
      appendCommits: operation("send", "log", "Group hosts append what they decided"),
      followFeeds: operation("receive", "feed", "Streamers follow the log"),
      endSession: operation("send", "sessionEnds", "The edge tells that a session is over"),
      tellOfUsers: operation("send", "users", "The edge tells what happened to accounts"),
      tellOfSessions: operation("send", "sessions", "The edge tells what happened to sessions"),
      checkTokens: {
        ...operation("receive", "tokenChecks", "The edge tells whether an access token is valid"),
        messages: [{ $ref: "#/channels/tokenChecks/messages/tokenToCheck" }],
        reply: {
          channel: { $ref: "#/channels/tokenChecks" },
          messages: [{ $ref: "#/channels/tokenChecks/messages/tokenCheck" }],
        },
      },
      endStreams: operation("send", "userDisconnects", "A streamer passes on what a user asked it"),
    },
    components: {
      messages: {
        ...messageObjects(FRAMES, { contentType: SSE, headers: FRAME_HEADERS }),
        heartbeat: {
          name: "heartbeat",
          contentType: SSE,
          summary: "A comment every 15 to 20 seconds, so that nobody gives up on a quiet stream",
          payload: { type: "null", description: "A line of a single colon" },
          ...exampleOf("heartbeat"),
        },
        ...messageObjects(MESSAGES, { contentType: JSON_TYPE }),
      },
      schemas: componentSchemas({
        ...MESSAGE_SCHEMAS,
        ...COMMAND_PARTS,
        ...EVENT_SCHEMAS,
        ...PART_SCHEMAS,
        Event: ANSWER_SCHEMAS.Event,
        Todo: ANSWER_SCHEMAS.Todo,
        TodoChanges: ANSWER_SCHEMAS.TodoChanges,
        Cluster: ANSWER_SCHEMAS.Cluster,
      }),
    },
  };
}

function channel(address: string, server: "streams" | "nats", messages: readonly string[]) {
  return {
    address,
    servers: [{ $ref: `#/servers/${server}` }],
    messages: Object.fromEntries(
      messages.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
  };
}

function actorChannel(stream: string, messages: readonly string[], description: string) {
  return {
    ...channel(`app.${stream}.{partition}.{kind}.{id}`, "nats", messages),
    description,
    parameters: SUBJECT_PARAMETERS,
  };
}

function operation(action: "send" | "receive", name: string, summary: string) {
  return { action, channel: { $ref: `#/channels/${name}` }, summary };
}

function messageObjects(
  messages: Readonly<Record<string, Message>>,
  common: { readonly contentType: string; readonly headers?: JsonSchema },
) {
  return Object.fromEntries(
    Object.entries(messages).map(([key, { name, summary, schema }]) => [
      key,
      { name, summary, ...common, payload: reference(schema), ...exampleOf(key) },
    ]),
  );
}

function exampleOf(message: string): object {
  const example = MESSAGE_EXAMPLES[message];
  return example ? { examples: [example] } : {};
}
