/**
 * Where the group hosts say how far each block's mailbox is done: a key-value bucket with one key for each
 * block. What is saved may be older than the truth, never newer.
 */
import * as v from "valibot";

/** Name of the bucket. */
export const CURSOR_BUCKET = "cursors";
const PREFIX = "block.";

/** The key of `block`, or with "*" the filter for all keys. */
export function cursorKey(block: number | "*"): string {
  return `${PREFIX}${block}`;
}

/** A cursor as it is saved. */
export const CursorRecord = v.object({
  /** Mailbox sequence up to which the outcome of every command is durable. */
  sequence: v.number(),
  /** When the mailbox stream was created: a stream made anew starts counting again. */
  stream_created: v.string(),
});
export type CursorRecord = v.InferOutput<typeof CursorRecord>;
