/** What a run leaves behind for its checkers: what clients were told, and what is stored. */
import { jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, readFrom, type StoredMessage } from "../../actors/platform/mod.ts";
import { decodeCommit, type GroupEvent } from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";

/** A command and what its sender was told in the end. Times are of one clock, in milliseconds. */
export interface Answered {
  readonly command_id: string;
  readonly group_id: string;
  /** Of the first attempt; later ones have the same id. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly attempts: number;
  /** `stored`: the mailbox has it, and that was enough for its sender. */
  readonly outcome: "committed" | "rejected" | "stored" | "unknown";
  readonly version?: number;
  readonly events?: readonly GroupEvent[];
}

/** A message of the log. */
export interface LogEntry {
  readonly groupId: string;
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly events: readonly GroupEvent[];
  /** What it says is the hash of the group's message before; empty on the first. */
  readonly previousHash: string;
  /** Mailbox sequence of the last command it covers. */
  readonly covers: number;
}

/** A message of the mailbox stream. */
export interface MailboxEntry {
  readonly sequence: number;
  readonly groupId: string;
  readonly commandId: string;
}

/** What arrived on one group's stream, in the order of arrival. */
export type Delivery =
  | { readonly kind: "snapshot"; readonly version: number }
  | { readonly kind: "event"; readonly version: number; readonly id: string }
  | { readonly kind: "told"; readonly what: string };

export type FaultKind =
  | "lost"
  | "unanswered"
  | "duplicate"
  | "version"
  | "chain"
  | "order"
  | "reply"
  | "stream"
  | "reminder"
  | "read model";

/** Something that must not be: what kind, and a sentence that names the ids. */
export interface Fault {
  readonly kind: FaultKind;
  readonly what: string;
}

/** Reads the log of `groupIds`, each from the stream that stores it. */
export async function readLog(
  connection: NatsConnection,
  groupIds: Iterable<string>,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (const groupId of groupIds) {
    const subject = groupSubject("event", groupId);
    for (const message of await storedLog(connection, groupId)) {
      entries.push({
        groupId,
        subject,
        sequence: message.sequence,
        data: message.data,
        events: decodeCommit(message.data),
        previousHash: message.headers?.get(headers.PREVIOUS_HASH) ?? "",
        covers: Number(message.headers?.get(headers.MAILBOX_SEQUENCE) ?? 0),
      });
    }
  }
  return entries;
}

/** The messages of a group's log as they are stored, however many streams there are. */
export async function storedLog(
  connection: NatsConnection,
  groupId: string,
): Promise<StoredMessage[]> {
  const subject = groupSubject("event", groupId);
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  return await Array.fromAsync(readFrom(connection, await streams.find(subject), subject, 1));
}
