/**
 * The insides of the host that a simulation drives, which decide and connect to nothing; and what a benchmark
 * loads groups with from a real server.
 */
export { Actors, type ActorsOptions } from "../actors.ts";
export type { Waiting } from "../batch.ts";
export { Block } from "../block.ts";
export type { ActorEnvironment } from "../group_actor.ts";
export type { Append, AppendResult, GroupLog, LogMessage, SendReply } from "../group_log.ts";
export { Mailbox, type MailboxMessage, type ReadMailbox } from "../mailbox.ts";
export { Membership, type Presence, REPORT_EVERY_MS } from "../membership.ts";
export { decideMoves, type Take } from "../ownership.ts";
export { type SnapshotHead, type SnapshotStore, UnusableSnapshotError } from "../snapshot.ts";
export { Snapshots } from "../snapshots.ts";
export { hostSnapshots } from "../host_snapshots.ts";
export { load } from "../load.ts";
export { NatsLog } from "../nats_log.ts";
