/** What fields of WebSocket messages and of presence mean. */
import { MESSAGE_WORDS } from "./messages.ts";

const STATE = "Whether the user looks at the group or edits a todo of it";
const COUNT = "How many are present; beyond two hundred, people at two streamers may count twice";
const USERS = "Who is present, those who edit first";

/** What every message has. */
const OPS = ["Auth", "Sub", "Unsub", "Command", "Presence", "Ping", "Event", "Snapshot"]
  .concat(["Reset", "Revoked", "Bye", "News", "Ack", "Nack", "Pong"]);
const IDS = ["Auth", "Sub", "Unsub", "Command", "Presence", "Ping", "Ack", "Nack", "Pong"];

/** The same as in the frames of server-sent events. */
const SAME = ["Reset.reason", "Revoked.reason", "Bye.reason", "Bye.retry", "Bye.cursor"]
  .concat(["Bye.retry_ms"]);

export const SOCKET_WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(OPS.map((name) => [`Socket${name}.op`, "What kind of message it is"])),
  ...Object.fromEntries(
    IDS.map((name) => [`Socket${name}.id`, "What the client calls its message, for the answer"]),
  ),
  ...Object.fromEntries(SAME.map((field) => [`Socket${field}`, MESSAGE_WORDS[field] ?? ""])),
  "Presence.count": COUNT,
  "Presence.users": `${USERS}; absent where only the number has changed`,
  "Presence.users.state": STATE,
  "SocketSub.group_ids": "The groups to follow; those that are followed already stay as they are",
  "SocketSub.cursor": "Where to resume: the cursor of the last message that had one",
  "SocketSub.presence": "Whether the client is shown to others as present, and they to it",
  "SocketUnsub.group_ids": "The groups to leave",
  "SocketCommand.command": "The command as POST /api/v1/command takes it",
  "SocketPresence.state": STATE,
  "SocketEvent.cursor": "Where to resume after this message",
  "SocketEvent.data": "The commit as the log holds it",
  "SocketSnapshot.cursor": "Where to resume after this message",
  "SocketSnapshot.data": "The group",
  "SocketNews.count": COUNT,
  "SocketNews.users": `${USERS}; absent where only the number has changed`,
  "SocketNews.users.state": STATE,
  "SocketAck.user_id": "Whose the WebSocket is, in the answer to auth or a ticket",
  "SocketAck.expires_at": "When the access token, and with it the WebSocket, ends",
  "SocketAck.group_ids": "The groups that the message named",
  "SocketAck.replayed": "Whether the command had been decided before",
  "SocketAck.outcome": "What HTTP would answer to the command",
  "SocketNack.problem": "Why it is not done",
  "SocketNack.command_id": "Id of the command, also where the client gave it none",
  "SocketNack.retry_after": "Seconds after which it may be taken",
  "CommandToSend.user_id": "Id of the user who sends it, as the streamer has verified",
  "CommandToSend.command": "The command as the client sent it, with an id",
  "CommandRefusal.problem": "Why it is not done",
  "CommandRefusal.problem.code": "Stable name of what went wrong, for programs",
  "CommandRefusal.problem.detail": "What is wrong this time",
  "CommandRefusal.retry_after": "Seconds after which it may be taken",
  "LocalPresence.from": "Names the streamer; new for each start",
  "LocalPresence.count": "How many users are present at it",
  "LocalPresence.users": "At most two hundred of them, those who edit first",
  "LocalPresence.users.state": STATE,
  "PresenceSaid.state": STATE,
  "StreamerAlive.from": "Names the streamer; new for each start",
};

/** What each schema is. */
export const SOCKET_SCHEMA_WORDS: Readonly<Record<string, string>> = {
  Presence: "Who is present in a group",
  SocketAuth: "Who the client is",
  SocketSub: "Groups to follow",
  SocketUnsub: "Groups to leave",
  SocketCommand: "A command to do",
  SocketPresence: "What the client does in a group",
  SocketPing: "A request for a pong",
  SocketEvent: "A commit, and the cursor after it",
  SocketSnapshot: "A group at one version, and the cursor after it",
  SocketReset: "The end of what was known of a group",
  SocketRevoked: "The end of a group for this reader",
  SocketBye: "The end of the stream, and how to go on",
  SocketNews: "Who is present in a group",
  SocketAck: "The answer to a message that is done",
  SocketNack: "The answer to a message that is not done",
  SocketPong: "The answer to a ping",
  CommandToSend: "A command that came over a WebSocket",
  CommandRefusal: "Why a command is not done",
  LocalPresence: "Who is present in a group at one streamer",
  PresenceSaid: "What a user says to do in a group",
  StreamerAlive: "The sign of life of a streamer",
};
