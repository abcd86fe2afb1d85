/** The insides of the host that a simulation drives: everything that decides, nothing that connects. */
export { Actors, type ActorsOptions } from "../actors.ts";
export type { Waiting } from "../batch.ts";
export { Block } from "../block.ts";
export type { ActorEnvironment } from "../group_actor.ts";
export type { Append, AppendResult, GroupLog, LogMessage, SendReply } from "../group_log.ts";
