/** A snapshot as a message of its stream: its head in the headers, its text gzipped. */
import { headers } from "../routing/mod.ts";
import { unusable } from "./fault.ts";
import { gunzip } from "./gzip.ts";

/** What a snapshot says of itself. */
export interface SnapshotHead {
  /** Which code wrote it. */
  readonly schema: string;
  /** Incarnation of the log that it is about. */
  readonly log: string;
  /** The actor's version. */
  readonly version: number;
  /** Sequence of the last commit it covers, and SHA-256 (hex) of that commit's bytes. */
  readonly sequence: number;
  readonly hash: string;
  /** Mailbox sequence of the last command it covers. */
  readonly mailboxSequence: number;
}

/** A snapshot as it was stored. */
export interface StoredSnapshot {
  readonly head: SnapshotHead;
  readonly body: string;
}

/** Names the incarnation of a log: of its stream and of when that was created. */
export function incarnationOf(stream: string, created: string): string {
  return `${stream} ${created}`;
}

/** The headers of a snapshot with `head`. */
export function fieldsOf(head: SnapshotHead): [name: string, value: string][] {
  return [
    [headers.SNAPSHOT_SCHEMA, head.schema],
    [headers.LOG, head.log],
    [headers.VERSION, String(head.version)],
    [headers.LOG_SEQUENCE, String(head.sequence)],
    [headers.LOG_HASH, head.hash],
    [headers.MAILBOX_SEQUENCE, String(head.mailboxSequence)],
  ];
}

/**
 * The snapshot of the actor `id` in a message.
 *
 * @throws {UnusableSnapshotError} when its bytes or its headers are damaged
 */
export function parseSnapshot(
  id: string,
  { field, data }: { readonly field: (name: string) => string; readonly data: Uint8Array },
): StoredSnapshot {
  const count = (name: string): number => {
    const text = field(name);
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw unusable("corrupt", id, { why: `its ${name} is "${text}"` });
  };
  const head = {
    schema: field(headers.SNAPSHOT_SCHEMA),
    log: field(headers.LOG),
    version: count(headers.VERSION),
    sequence: count(headers.LOG_SEQUENCE),
    hash: field(headers.LOG_HASH),
    mailboxSequence: count(headers.MAILBOX_SEQUENCE),
  };
  try {
    return { head, body: gunzip(data) };
  } catch (cause) {
    throw unusable("corrupt", id, { why: "it cannot be decompressed", cause });
  }
}
