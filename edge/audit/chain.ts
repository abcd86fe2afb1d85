/**
 * The chain that makes a group's log tamper-evident: each message names, in a header, the SHA-256 of the
 * stored bytes of the one before it, and its events continue the group's versions without a gap. Follows it
 * message by message; pure, hashes are given. A chain does not show a change of
 * its newest message, nor that its end is missing: for that somebody has to know the head from before.
 */
import { decodeCommit, type GroupEvent } from "../../actors/protocol/mod.ts";

/** Where a chain stands: after the last message that was followed. */
export interface ChainHead {
  /** The group's version after the message. */
  readonly version: number;
  /** The message's sequence in its stream. */
  readonly sequence: number;
  /** SHA-256 (hex) of its bytes; empty before the first message. */
  readonly hash: string;
}

export const CHAIN_START: ChainHead = { version: 0, sequence: 0, hash: "" };

/** A message of the log as it is stored. */
export interface ChainLink {
  readonly sequence: number;
  /** What its header says of the message before it; empty without one. */
  readonly previousHash: string;
  readonly data: Uint8Array;
  /** SHA-256 (hex) of `data`. */
  readonly hash: string;
}

export type ChainFaultKind =
  /** The bytes are no commit. */
  | "unreadable"
  /** The message is not the one that followed: it, or the one before it, was changed, or some are missing. */
  | "prevhash"
  /** The events do not continue the group's versions. */
  | "version"
  /** An event is of another group. */
  | "group"
  /** The message does not lie behind the one before it. */
  | "sequence"
  /** The log ends before a version that was stored once. */
  | "truncated"
  /** The message is not the one that was projected when it was new. */
  | "head";

/** Where a chain breaks: at the message `sequence`, whose first event should make the group's `version`. */
export interface ChainFault {
  readonly kind: ChainFaultKind;
  readonly sequence: number;
  readonly version: number;
  readonly expected: string;
  readonly found: string;
}

export type Followed =
  | { readonly head: ChainHead; readonly events: number }
  | { readonly fault: ChainFault };

/** The chain of `groupId` moved on from `head` by the message `link`, or why it does not go on. */
export function followChain(groupId: string, head: ChainHead, link: ChainLink): Followed {
  const { sequence } = link;
  const version = head.version + 1;
  const fault = (kind: ChainFaultKind, expected: string, found: string): Followed => ({
    fault: { kind, sequence, version, expected, found },
  });
  if (sequence <= head.sequence) {
    return fault("sequence", `above ${head.sequence}`, `${sequence}`);
  }
  if (link.previousHash !== head.hash) return fault("prevhash", head.hash, link.previousHash);
  const events = eventsOf(link.data);
  if (!events) return fault("unreadable", "a JSON array of events", `${link.data.length} bytes`);
  for (const [i, event] of events.entries()) {
    if (event?.partitionkey !== groupId) return fault("group", groupId, `${event?.partitionkey}`);
    if (Number(event.sequence) !== version + i) {
      return fault("version", `${version + i}`, event.sequence);
    }
  }
  const { hash } = link;
  return {
    head: { version: head.version + events.length, sequence, hash },
    events: events.length,
  };
}

/** The events in `data`; `undefined` when there are none. */
function eventsOf(data: Uint8Array): readonly (GroupEvent | null)[] | undefined {
  try {
    const events = decodeCommit<GroupEvent | null>(data);
    return events.length > 0 ? events : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
