/** Channels and operations of the AsyncAPI document: addresses of streams, subjects on NATS, and who uses them. */
import {
  PRESENCE_ALIVE,
  SEND_COMMAND,
  SESSION_VERBS,
  USER_VERBS,
  VALIDATE_TOKEN,
} from "../../actors/protocol/routing/mod.ts";
import { type Message } from "./asyncapi_messages.ts";
import { SAID_BY_CLIENTS, SAID_BY_STREAMER } from "./asyncapi_sockets.ts";
import { GROUP, IDS, PARTITION } from "./examples/mod.ts";

const GROUP_STREAM = ["todoEvent", "snapshot", "reset", "revoked", "presence", "bye", "heartbeat"];
const SUBJECT_PARAMETERS = {
  partition: { description: "Partition of the actor's id, 0 to 1023", examples: [`${PARTITION}`] },
  kind: { description: "Kind of actor; group for groups of people", examples: ["group"] },
  id: { description: "Id of the actor", examples: [GROUP] },
};
const GROUP_ID = { group_id: { description: "Id of the group", examples: [GROUP] } };
const USER = { user_id: { description: "Id of the user", examples: [IDS.ana] } };
const SESSION = { session_id: { description: "Id of the session", examples: [IDS.session] } };

/** What operations are sorted by. */
export const TAGS = {
  streams: { name: "Streams", description: "What people's clients follow" },
  actors: { name: "Actors", description: "Commands, the log and its feed" },
  accounts: { name: "Accounts", description: "What happens to accounts, sessions and tokens" },
};

/** Where messages go, by name. */
export const CHANNELS = {
  groups: {
    ...channel("/events", "streams", GROUP_STREAM),
    title: "Groups",
    description: "What happens in the groups named in the query; see followGroups in " +
      "/openapi.json. The frames of one group come in the order of its log.",
  },
  sockets: {
    ...channel("/ws", "streams", [
      ...Object.keys(SAID_BY_CLIENTS),
      ...Object.keys(SAID_BY_STREAMER),
    ]),
    title: "WebSockets",
    description:
      "The streams of groups over a WebSocket (RFC 6455), one JSON text a message; see " +
      "openWebSocket in /openapi.json. Messages are worked on in their order, commands side by " +
      "side. The streamer pings every 15 to 20 seconds; who does not answer is gone.",
  },
  cluster: {
    ...channel("/sse/cluster-info", "streams", ["clusterInfo"]),
    title: "Cluster",
    description: "Hosts, owners and lag once a second; see followCluster in /openapi.json.",
  },
  mailbox: actorChannel("command", ["command"], {
    title: "Mailboxes",
    description: "Commands that wait to be decided, in order for each actor.",
  }),
  log: actorChannel("event", ["commit"], {
    title: "Log",
    description: "What was decided, kept for ever: one message is one commit.",
  }),
  feed: actorChannel("feed", ["commit"], {
    title: "Feed",
    description: "The bytes of the log again, as streamers follow them; never stored.",
  }),
  sessionEnds: {
    ...channel("auth.session.{session_id}.revoked", "nats", ["sessionEnd"]),
    title: "Ends of sessions",
    description: "Told to every edge and every streamer; never stored.",
    parameters: SESSION,
  },
  users: {
    ...channel("auth.user.{user_id}.{verb}", "nats", ["userEvent"]),
    title: "Accounts",
    description: "What happens to accounts, in order for each user, at least once.",
    parameters: { ...USER, verb: { enum: [...USER_VERBS], description: "What happened" } },
  },
  sessions: {
    ...channel("auth.session.{session_id}.{verb}", "nats", ["sessionEvent"]),
    title: "Sessions",
    description: "What happens to sessions, in order for each user, at least once.",
    parameters: { ...SESSION, verb: { enum: [...SESSION_VERBS], description: "What happened" } },
  },
  tokenChecks: {
    ...channel(VALIDATE_TOKEN, "nats", ["tokenToCheck", "tokenCheck"]),
    title: "Checks of tokens",
    description: "Requests, which whichever edge is free answers; never stored.",
  },
  commands: {
    ...channel(SEND_COMMAND, "nats", [
      "commandToSend",
      "commandOutcome",
      "commandAccepted",
      "commandRefusal",
    ]),
    title: "Commands of WebSockets",
    description: "Requests, which whichever edge is free answers; never stored.",
  },
  presence: {
    ...channel("svc.presence.group.{group_id}", "nats", ["localPresence"]),
    title: "Presence",
    description: "Streamers tell each other who is present; never stored, told again.",
    parameters: GROUP_ID,
  },
  presenceSaid: {
    ...channel("svc.presence.said.{group_id}", "nats", ["presenceSaid"]),
    title: "What users say of themselves",
    description: "For whichever streamer has their streams; never stored.",
    parameters: GROUP_ID,
  },
  streamers: {
    ...channel(PRESENCE_ALIVE, "nats", ["streamerAlive"]),
    title: "Signs of life of the streamers",
    description: "Every other second; never stored.",
  },
  userDisconnects: {
    ...channel("auth.user.{user_id}.disconnected", "nats", ["userDisconnect"]),
    title: "Wishes to end all streams",
    description: "Told to every streamer; never stored.",
    parameters: USER,
  },
};

/** Who sends or takes them there, as seen from the platform. */
export const OPERATIONS = {
  followGroups: operation("send", "groups", {
    summary: "The streamer sends what happens in groups",
    description:
      "GET with an access token opens the stream; without a cursor it begins with a snapshot " +
      "of each group. What a group commits while nobody reads is sent on resumption.",
    tag: TAGS.streams,
  }),
  serveSockets: {
    ...operation("send", "sockets", {
      summary: "The streamer tells what happens, and answers",
      description: "Everything that a stream of server-sent events tells, and answers by id.",
      tag: TAGS.streams,
    }),
    messages: socketMessages(SAID_BY_STREAMER),
  },
  hearSockets: {
    ...operation("receive", "sockets", {
      summary: "Clients say what they want",
      description: "Who they are, which groups they follow, what they do and what is to be done.",
      tag: TAGS.streams,
    }),
    messages: socketMessages(SAID_BY_CLIENTS),
  },
  sendCommands: {
    ...operation("receive", "commands", {
      summary: "The edge sends the commands of WebSockets",
      description: "With the checks and quotas of HTTP; only streamers may publish here.",
      tag: TAGS.actors,
    }),
    messages: [{ $ref: "#/channels/commands/messages/commandToSend" }],
    reply: {
      channel: { $ref: "#/channels/commands" },
      messages: ["commandOutcome", "commandAccepted", "commandRefusal"]
        .map((name) => ({ $ref: `#/channels/commands/messages/${name}` })),
    },
  },
  tellPresence: operation("send", "presence", {
    summary: "Streamers tell who is present at them",
    description: "To the streamers at which somebody is present in the same group.",
    tag: TAGS.streams,
  }),
  passPresenceOn: operation("send", "presenceSaid", {
    summary: "A streamer passes on what a user said",
    description: "See tellPresence in /openapi.json.",
    tag: TAGS.streams,
  }),
  tellOfLife: operation("send", "streamers", {
    summary: "Streamers say that they live",
    description: "So that those whom a dead one had do not stay present.",
    tag: TAGS.streams,
  }),
  followCluster: operation("send", "cluster", {
    summary: "The streamer sends the state of the cluster",
    description:
      "GET with an access token opens the stream, which goes on until either side ends it.",
    tag: TAGS.streams,
  }),
  takeCommands: operation("receive", "mailbox", {
    summary: "Group hosts take commands in their order",
    description:
      "The host that owns the block of the partition takes them, decides, and answers the " +
      "sender when the log has acknowledged the commit.",
    tag: TAGS.actors,
  }),
  appendCommits: operation("send", "log", {
    summary: "Group hosts append what they decided",
    description:
      "Fenced by the log's own sequence: of two hosts that take themselves for the owner one " +
      "fails to append.",
    tag: TAGS.actors,
  }),
  followFeeds: operation("receive", "feed", {
    summary: "Streamers follow the log",
    description:
      "JetStream republishes what the log stores; a streamer that misses something reads the " +
      "log.",
    tag: TAGS.actors,
  }),
  endSession: operation("send", "sessionEnds", {
    summary: "The edge tells that a session is over",
    description:
      "At sign-out, when a session is revoked or its refresh token is used twice, with a new " +
      "password, and when the account is deleted.",
    tag: TAGS.accounts,
  }),
  tellOfUsers: operation("send", "users", {
    summary: "The edge tells what happened to accounts",
    description: "For services that keep something for each user and have to know who is gone.",
    tag: TAGS.accounts,
  }),
  tellOfSessions: operation("send", "sessions", {
    summary: "The edge tells what happened to sessions",
    description:
      "For services that watch sign-ins; what has to act at once listens to sessionEnds.",
    tag: TAGS.accounts,
  }),
  checkTokens: {
    ...operation("receive", "tokenChecks", {
      summary: "The edge tells whether an access token is valid",
      description: "By signature, claims and the sessions that have ended; no database is asked.",
      tag: TAGS.accounts,
    }),
    messages: [{ $ref: "#/channels/tokenChecks/messages/tokenToCheck" }],
    reply: {
      channel: { $ref: "#/channels/tokenChecks" },
      messages: [{ $ref: "#/channels/tokenChecks/messages/tokenCheck" }],
    },
  },
  endStreams: operation("send", "userDisconnects", {
    summary: "A streamer passes on what a user asked it",
    description:
      "So that the streams end that other streamers hold; see endStreams in /openapi.json.",
    tag: TAGS.streams,
  }),
};

function channel(address: string, server: "streams" | "nats", messages: readonly string[]) {
  return {
    address,
    servers: [{ $ref: `#/servers/${server}` }],
    messages: Object.fromEntries(
      messages.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
  };
}

function socketMessages(messages: Readonly<Record<string, Message>>) {
  return Object.keys(messages).map((name) => ({ $ref: `#/channels/sockets/messages/${name}` }));
}

function actorChannel(
  stream: string,
  messages: readonly string[],
  words: { readonly title: string; readonly description: string },
) {
  return {
    ...channel(`app.${stream}.{partition}.{kind}.{id}`, "nats", messages),
    ...words,
    parameters: SUBJECT_PARAMETERS,
  };
}

function operation(
  action: "send" | "receive",
  name: string,
  words: { readonly summary: string; readonly description: string; readonly tag: object },
) {
  const { tag, ...rest } = words;
  return { action, channel: { $ref: `#/channels/${name}` }, ...rest, tags: [tag] };
}
