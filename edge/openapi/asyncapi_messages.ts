/** Frames of streams and messages on NATS in words, and the schema of each. */
import type { MESSAGE_SCHEMAS } from "./message_schemas.ts";

/** What the AsyncAPI document says of a message. */
export interface Message {
  readonly name: string;
  readonly summary: string;
  /** When it comes, and what its reader does then. */
  readonly description: string;
  /** Schema of the payload; none where there is no payload. */
  readonly schema?:
    | keyof typeof MESSAGE_SCHEMAS
    | "Cluster"
    | "CommittedCommand"
    | "AcceptedCommand";
}

/** Frames by component name; the name of a frame is its `event` field. */
export const FRAMES: Readonly<Record<string, Message>> = {
  todoEvent: {
    name: "todo-event",
    summary: "One commit: all its events, in one line, exactly as the log holds them",
    description:
      "Comes for every commit, in the order of the group's log and without a gap: the first event counts " +
      "one up from the last one before. A reader that sees a gap connects again.",
    schema: "Commit",
  },
  snapshot: {
    name: "snapshot",
    summary: "A group at one version; what follows begins with the next",
    description:
      "The first frame for each group where the reader has no cursor, and after every reset. It replaces " +
      "all that the reader has of the group.",
    schema: "Snapshot",
  },
  reset: {
    name: "reset",
    summary: "The cursor cannot be honoured: forget the group, a snapshot follows",
    description:
      "Comes before a snapshot, never alone. The reason is for logs: readers do the same for all.",
    schema: "Reset",
  },
  revoked: {
    name: "revoked",
    summary: "No more of this group for this reader",
    description:
      "The reader is no member any more, or the group is deleted. Other groups of the stream go on; " +
      "without any the stream ends with a bye.",
    schema: "Revoked",
  },
  presence: {
    name: "presence",
    summary: "Who is present in a group, for streams that ask for it",
    description:
      "Comes after a change, at most once a second. It has no id: presence is no part of the log. Of more " +
      "than two hundred people the first frame lists two hundred, the later ones tell the number.",
    schema: "Presence",
  },
  bye: {
    name: "bye",
    summary: "The stream ends: why, what to do then, and where to resume",
    description:
      "The last frame of a stream that the streamer ends. One that ends without it was cut: resume at the " +
      "last id.",
    schema: "Bye",
  },
  clusterInfo: {
    name: "cluster-info",
    summary: "The cluster at one moment",
    description: "Comes once a second. Each frame is whole: one that is missed is not missing.",
    schema: "Cluster",
  },
  heartbeat: {
    name: "heartbeat",
    summary: "A comment, so that nobody gives up on a quiet stream",
    description: "Comes every 15 to 20 seconds. It is a line of a single colon, which readers of " +
      "server-sent events pass over.",
  },
};

/** Messages on NATS by component name. */
export const MESSAGES: Readonly<Record<string, Message>> = {
  command: {
    name: "command",
    summary: "A command in its group's mailbox",
    description:
      "Stored once it is acknowledged. It is decided in its turn, and its id makes it take effect once, " +
      "however often it is stored.",
    schema: "MailboxCommand",
  },
  commit: {
    name: "commit",
    summary: "A commit: a CloudEvents JSON batch",
    description:
      "All that one command changed. Whoever gets it has its bytes as they were stored, and never a part " +
      "of them.",
    schema: "Commit",
  },
  sessionEnd: {
    name: "session-end",
    summary: "The tokens and streams of a session are over",
    description:
      "Edges refuse the session's access tokens from then on, streamers end its streams. Who misses it " +
      "refuses the tokens when they expire.",
    schema: "SessionEnd",
  },
  userEvent: {
    name: "user-event",
    summary: "An account was created, updated or deleted",
    description:
      "Comes from the outbox, written in the transaction of the change: at least once, known by its id. " +
      "Names, passwords and addresses are not in it.",
    schema: "UserEvent",
  },
  sessionEvent: {
    name: "session-event",
    summary: "A session was created, or is over",
    description:
      "Comes from the outbox, written in the transaction of the change: at least once, known by its id.",
    schema: "SessionEvent",
  },
  tokenToCheck: {
    name: "token-to-check",
    summary: "Asks whether an access token is valid",
    description:
      "For services that do not check tokens themselves by the keys of /.well-known/jwks.json.",
    schema: "TokenToCheck",
  },
  tokenCheck: {
    name: "token-check",
    summary: "Whose the token is and how long, or the code of the problem with it",
    description:
      'Without "valid" the token was not checked: ask again. The answer is about this moment; a session may ' +
      "end before its token does.",
    schema: "TokenCheck",
  },
  commandToSend: {
    name: "command-to-send",
    summary: "A command that came over a WebSocket, and of whom",
    description:
      "The streamer has verified whose it is. The edge checks, counts and sends it as one of HTTP.",
    schema: "CommandToSend",
  },
  commandOutcome: {
    name: "command-outcome",
    summary: "What HTTP would answer: the outcome",
    description:
      'Where the header Todo-Answer is "committed", or "replayed" for an earlier outcome.',
    schema: "CommittedCommand",
  },
  commandAccepted: {
    name: "command-accepted",
    summary: "What HTTP would answer where the outcome is not known yet",
    description: 'Where the header Todo-Answer is "accepted": the command is stored.',
    schema: "AcceptedCommand",
  },
  commandRefusal: {
    name: "command-refusal",
    summary: "Why the command is not done",
    description: 'Where the header Todo-Answer is "refused".',
    schema: "CommandRefusal",
  },
  localPresence: {
    name: "local-presence",
    summary: "Who is present in a group at one streamer",
    description:
      "Comes after a change and every 15 to 20 seconds, because messages get lost; from all streamers of " +
      "a group together at most 40 times a second, so from more than 600 of them less often. It replaces what " +
      "the streamer told before. Of more than two hundred people in the group only those are listed who are " +
      "among the first two hundred of all.",
    schema: "LocalPresence",
  },
  presenceSaid: {
    name: "presence-said",
    summary: "What a user says to do in a group, over HTTP",
    description:
      "Counts for the user's streams of server-sent events, at whichever streamer they are. Streamers that " +
      "have one answer, with an empty message; the others are silent.",
    schema: "PresenceSaid",
  },
  streamerAlive: {
    name: "streamer-alive",
    summary: "A streamer lives",
    description: "Whom it has is present until it is not heard for five seconds.",
    schema: "StreamerAlive",
  },
  userDisconnect: {
    name: "user-disconnect",
    summary: "The user wants all streams to end",
    description:
      "Every streamer ends the streams of the user with a bye that tells readers to stop.",
    schema: "UserDisconnect",
  },
};
