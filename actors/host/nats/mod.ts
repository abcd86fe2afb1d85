/** What actors need, on NATS JetStream: log, snapshots, timers. */
export { CODE_VERSION, NatsLog } from "./nats_log.ts";
export { NatsSnapshots } from "./nats_snapshots.ts";
export { isFromTimer, NatsTimers } from "./nats_timers.ts";
