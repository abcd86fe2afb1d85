/** The insides of the host that a simulation drives: everything that decides, nothing that connects. */
export { Actors, type ActorsOptions } from "../actors.ts";
export type { Waiting } from "../batch.ts";
export { Block } from "../block.ts";
export type { ActorEnvironment } from "../group_actor.ts";
export type { Append, AppendResult, GroupLog, LogMessage, SendReply } from "../group_log.ts";
export { Membership, type Presence, REPORT_EVERY_MS } from "../membership.ts";
export { decideMoves } from "../ownership.ts";
export { type SnapshotHead, type SnapshotStore, UnusableSnapshotError } from "../snapshot.ts";
export { Snapshots } from "../snapshots.ts";
