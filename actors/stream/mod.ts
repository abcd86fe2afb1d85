/** The streaming tier: follows the groups' feeds and serves them as resumable server-sent events. */
export { readConfig, type StreamConfig } from "./config.ts";
export type { CloseReason } from "./close_reason.ts";
export type { ResetReason, RevokeReason } from "./frame.ts";
export { Connection } from "./connection.ts";
export type { ConnectionContext, ConnectionLimits, Outlet } from "./connection_terms.ts";
export { type FeedContext, GroupFeed } from "./feed.ts";
export { Feeds, type FeedsOptions } from "./feeds.ts";
export { FlushQueue } from "./flush_queue.ts";
export type { GroupLog, LogMessage, LogPage, PageLimits } from "./group_log.ts";
export { type Start, startOf } from "./resume.ts";
export { startStreamer, type Streamer } from "./streamer.ts";
export { LISTED_MAX } from "./presence/mod.ts";
export { Wheel } from "./wheel.ts";
export { SSE_WIRE, type Wire } from "./wire.ts";
