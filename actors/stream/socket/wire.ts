/** The words of a WebSocket stream: JSON messages with the member `op`. Pure. */
import { Buffer } from "node:buffer";
import { type Problem, problemBody } from "../../protocol/mod.ts";
import type { FeedCommit } from "../commit.ts";
import { dataOf, farewellFields, idOf } from "../frame.ts";
import { LARGE_FRAME_BYTES } from "../subscription.ts";
import type { Wire } from "../wire.ts";
import { PING_FRAME, textMessage } from "./_frame.ts";

const NOTHING = Buffer.alloc(0);
const END = Buffer.from("}");
const EVENT_HEAD = Buffer.from('{"op":"event","cursor":"');
const SNAPSHOT_HEAD = Buffer.from('{"op":"snapshot","cursor":"');
const DATA_HEAD = Buffer.from('","data":');

/**
 * The newest message of a commit for streams of its group alone: a commit is told to all of its readers before
 * the next one is. A table of the messages of all commits costs more than it saves once it is large.
 */
let newest: { readonly commit: FeedCommit; readonly message: Buffer } | undefined;

/** What a client calls its message, to recognise the answer; `undefined` when it does not care. */
export type MessageId = string | undefined;

export const SOCKET_WIRE: Wire = {
  isDuplex: true,
  heartbeat: PING_FRAME,
  opening: () => NOTHING,
  commit(commit, id) {
    if (id === undefined && newest?.commit === commit) return newest.message;
    const cursor = id === undefined ? idOf(commit.frame, commit.tail) : Buffer.from(id);
    const message = framed(EVENT_HEAD, cursor, DATA_HEAD, dataOf(commit.tail), END);
    if (id === undefined) newest = { commit, message };
    return message;
  },
  snapshot: (id, tail) => framed(SNAPSHOT_HEAD, Buffer.from(id), DATA_HEAD, dataOf(tail), END),
  reset: (groupId, reason) => message({ op: "reset", group_id: groupId, reason }),
  revoked: (groupId, reason) => message({ op: "revoked", group_id: groupId, reason }),
  presence: (json) => framed(Buffer.from(`{"op":"presence",${json.slice(1)}`)),
  bye: (farewell) => message({ op: "bye", ...farewellFields(farewell) }),
};

/** Says that a message has been understood and done; `more` is what there is to tell. */
export function ackMessage(id: MessageId, more: Readonly<Record<string, unknown>> = {}): Buffer {
  return message({ op: "ack", id, ...more });
}

/** Says what became of a command; `outcome` is JSON as its group's owner, or the edge, wrote it. */
export function outcomeMessage(id: MessageId, replayed: boolean, outcome: Uint8Array): Buffer {
  const head = JSON.stringify({ op: "ack", id, replayed });
  return framed(Buffer.from(`${head.slice(0, -1)},"outcome":`), outcome, END);
}

/** Says why a message has not been done. */
export function nackMessage(id: MessageId, problem: Problem, options: NackOptions): Buffer {
  const { instance, ...more } = options;
  return message({ op: "nack", id, problem: problemBody(problem, instance), ...more });
}

export interface NackOptions {
  /** Id of the refusal, for the log. */
  readonly instance: string;
  /** The command that was refused, when it has an id. */
  readonly command_id?: string | undefined;
  /** Seconds after which it may be taken. */
  readonly retry_after?: number | undefined;
}

export function pongMessage(id: MessageId): Buffer {
  return message({ op: "pong", id });
}

function message(value: unknown): Buffer {
  return framed(Buffer.from(JSON.stringify(value)));
}

function framed(...parts: readonly Uint8Array[]): Buffer {
  return textMessage(parts, LARGE_FRAME_BYTES);
}
