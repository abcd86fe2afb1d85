/**
 * The insides of the host that a simulation drives, which decide and connect to nothing; what a benchmark
 * loads actors with from a real server; and surroundings of actors in memory.
 */
export {
  type ActorEnvironment,
  type ActorLog,
  Actors,
  type ActorsOptions,
  type ActorTimers,
  type Append,
  type AppendResult,
  load,
  type LogMessage,
  type SendReply,
  Snapshots,
  type SnapshotStore,
  type Waiting,
} from "../actor/mod.ts";
export { countSnapshots, hostSnapshots } from "../host_snapshots.ts";
export {
  Block,
  type FetchMessages,
  Mailbox,
  type MailboxMessage,
  type ReadMailbox,
} from "../mailbox/mod.ts";
export { NatsLog } from "../nats/mod.ts";
export {
  decideMoves,
  Membership,
  placeAll,
  type Presence,
  REPORT_EVERY_MS,
  type Take,
} from "../ownership/mod.ts";
export * from "./environment.ts";
export { type Fault, MemoryLog } from "./memory_log.ts";
export { MemorySnapshots } from "./memory_snapshots.ts";
export { VirtualCluster, type VirtualHost } from "./virtual_cluster.ts";
