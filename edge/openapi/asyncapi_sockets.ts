/** The messages of WebSockets in words, by component name. */
import type { Message } from "./asyncapi_messages.ts";

/** What clients say. */
export const SAID_BY_CLIENTS: Readonly<Record<string, Message>> = {
  socketAuth: {
    name: "auth",
    summary: "Who the client is",
    description: "The first message, within five seconds, unless the client came with a ticket.",
    schema: "SocketAuth",
  },
  socketSub: {
    name: "sub",
    summary: "Follow groups from now on",
    description: "After the cursor where there is one, else from a snapshot. All of them or none.",
    schema: "SocketSub",
  },
  socketUnsub: {
    name: "unsub",
    summary: "Follow groups no longer",
    description: "A group that is not followed is left, too.",
    schema: "SocketUnsub",
  },
  socketCommand: {
    name: "cmd",
    summary: "A command, as POST /api/v1/command takes it in its native form",
    description: "Answered when its outcome is known. Several go side by side.",
    schema: "SocketCommand",
  },
  socketPresence: {
    name: "presence",
    summary: "What the client does in a group that it follows",
    description:
      "From now on, and until the group is left; from then on the client is told of others.",
    schema: "SocketPresence",
  },
  socketPing: {
    name: "ping",
    summary: "Asks for a pong",
    description: "For clients that cannot send pings of the protocol, as browsers cannot.",
    schema: "SocketPing",
  },
};

/** What the streamer says. */
export const SAID_BY_STREAMER: Readonly<Record<string, Message>> = {
  socketAck: {
    name: "ack",
    summary: "A message is done",
    description: "The one with this id. Of a command it has the outcome.",
    schema: "SocketAck",
  },
  socketNack: {
    name: "nack",
    summary: "A message is not done, and why",
    description: "The one with this id. Before the streamer closes it may come without one.",
    schema: "SocketNack",
  },
  socketPong: {
    name: "pong",
    summary: "The answer to a ping",
    description: "Comes after the answers to all messages before it, but for commands.",
    schema: "SocketPong",
  },
  socketEvent: {
    name: "event",
    summary: "One commit, exactly as the log holds it",
    description: "Comes for every commit, in the order of the group's log and without a gap.",
    schema: "SocketEvent",
  },
  socketSnapshot: {
    name: "snapshot",
    summary: "A group at one version; what follows begins with the next",
    description: "Comes first where there is no cursor, and after every reset.",
    schema: "SocketSnapshot",
  },
  socketReset: {
    name: "reset",
    summary: "The cursor cannot be honoured: forget the group",
    description: "Comes before a snapshot, never alone.",
    schema: "SocketReset",
  },
  socketRevoked: {
    name: "revoked",
    summary: "No more of this group for this reader",
    description: "The WebSocket stays open, with other groups or without any.",
    schema: "SocketRevoked",
  },
  socketNews: {
    name: "presence",
    summary: "Who is present in a group",
    description: "Comes after a change, at most once a second; of a crowd only the number.",
    schema: "SocketNews",
  },
  socketBye: {
    name: "bye",
    summary: "The stream ends: why, what to do then, and where to resume",
    description: "The last message; the streamer closes then.",
    schema: "SocketBye",
  },
};
