/**
 * Mailboxes: reads the commands of the owned blocks in order, knows how far they are done, and keeps that as
 * the blocks' cursors. Knows no kind of actor.
 */
export { Block } from "./block.ts";
export { CursorStore, ForeignCursorError } from "./cursor_store.ts";
export { Mailbox, type MailboxOptions, type ReadMailbox } from "./mailbox.ts";
export type { FetchMessages, MailboxMessage, Unreadable } from "./message.ts";
export { Shard } from "./shard.ts";
