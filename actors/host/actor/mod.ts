/**
 * Actors: how commands of one kind of actor are decided, stored and answered, and which actors are in memory.
 * Knows neither NATS nor any kind: log, snapshots, timers and rules are handed in.
 */
export { Actor, type ActorEnvironment } from "./actor.ts";
export type * from "./actor_log.ts";
export type { ActorTimers } from "./actor_timers.ts";
export { Actors, type ActorsOptions, type AnyActors, type Inbox } from "./actors.ts";
export type { Waiting } from "./batch.ts";
export type { Confirmed } from "./confirmed.ts";
export { load } from "./load.ts";
export type { SnapshotStore } from "./snapshot.ts";
export { Snapshots, type SnapshotsOptions } from "./snapshots.ts";
