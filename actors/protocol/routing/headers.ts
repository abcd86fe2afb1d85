/** Names of the headers on mailbox, log and outcome messages. */

/** Mailbox: the core subject the owner answers on once the outcome is durable. */
export const REPLY_TO = "Todo-Reply-To";
/** Mailbox: W3C trace context of the request that sent the command. */
export const TRACEPARENT = "traceparent";
/** Log: id of the commit, by which its writer recognises its own message after an unknown outcome. */
export const COMMIT_ID = "Todo-Commit";
/** Log and snapshot: mailbox sequence of the last command the message covers. */
export const MAILBOX_SEQUENCE = "Todo-Mailbox-Sequence";
/** Log: version of the code that decided. */
export const CODE_VERSION = "Todo-Code-Version";
/** Log: SHA-256 (hex) of the stored bytes of the group's previous message; absent on the first. */
export const PREVIOUS_HASH = "Todo-Prevhash";
/** Mailbox: the stream a message was copied from, first word; set by the server and taken from nobody. */
export const STREAM_SOURCE = "Nats-Stream-Source";
/** Outcome: `committed`, `replayed` or `rejected`. */
export const OUTCOME = "Todo-Outcome";
/** Outcome and snapshot: the group's version. */
export const VERSION = "Todo-Version";
/** Snapshot: which fold wrote it. */
export const SNAPSHOT_SCHEMA = "Todo-Snapshot-Schema";
/** Snapshot: incarnation of the log it is about. */
export const LOG = "Todo-Log";
/** Snapshot: sequence of the last log message it covers. */
export const LOG_SEQUENCE = "Todo-Log-Sequence";
/** Snapshot: SHA-256 (hex) of that message's bytes. */
export const LOG_HASH = "Todo-Log-Hash";
