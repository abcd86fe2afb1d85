/**
 * Limits that are part of the contract: every layer that refuses something because it is too much
 * quotes one of these numbers. Sizes are bytes of UTF-8 unless a name says characters, which are Unicode
 * code points.
 */

/** Longest title of a todo, in characters. */
export const TITLE_MAX_CHARS = 500;
/** Longest group name, in characters. */
export const GROUP_NAME_MAX_CHARS = 100;
/** Largest description of a todo. */
export const DESCRIPTION_MAX_BYTES = 16 * 1024;
/** Longest comment, in characters, and how many one todo carries. */
export const COMMENT_MAX_CHARS = 2_000;
export const COMMENTS_PER_TODO = 100;
/** Longest checklist, label list and reminder list of one todo. */
export const CHECKLIST_MAX_ITEMS = 100;
export const LABELS_PER_TODO = 20;
export const REMINDERS_PER_TODO = 10;
/** Most columns and labels a group defines. */
export const COLUMNS_PER_GROUP = 20;
export const LABELS_PER_GROUP = 100;
/** Most todos of a group that are not completed. */
export const OPEN_TODOS_PER_GROUP = 10_000;
/** Most members of a group. */
export const MEMBERS_PER_GROUP = 1_000;
/** Deleted todos a group can still restore; older ones are let go first. */
export const RESTORABLE_TODOS_PER_GROUP = 1_000;
/** Most commands in one `batch`. */
export const BATCH_MAX_COMMANDS = 100;
/** Largest command body, and how deep its JSON may nest. */
export const COMMAND_MAX_BYTES = 64 * 1024;
export const COMMAND_MAX_DEPTH = 16;
/** Largest log message; below the 1 MiB payload limit of NATS so that headers fit. */
export const COMMIT_MAX_BYTES = 896 * 1024;
/** The ledger keeps this many commands at least, this long at least, and never more than the cap. */
export const LEDGER_MIN_COMMANDS = 1_000;
export const LEDGER_MIN_AGE_MS = 24 * 60 * 60 * 1000;
export const LEDGER_MAX_COMMANDS = 10_000;
/** Furthest a command id may lie in the future of the mailbox clock. */
export const COMMAND_ID_MAX_AHEAD_MS = 5 * 60 * 1000;
/** A deleted group can be restored this long. */
export const GROUP_RESTORE_MS = 30 * 24 * 60 * 60 * 1000;
