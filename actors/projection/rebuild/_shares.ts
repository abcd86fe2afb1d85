/**
 * How much of the log a rebuild asks for at once, however many streams it is cut into: all of it shares memory and one
 * connection, which the server cuts when more than 64 MiB wait for it. Pure.
 */
import type { BatchReaderOptions } from "../../platform/mod.ts";

/** Streams that are loaded side by side; each takes some connections to Postgres. */
const LOADED_AT_ONCE = 4;
/** What is read ahead of all streams; as much again is being written. A single message may be larger. */
const TOTAL = { maxMessages: 16_000, maxBytes: 32 * 1024 * 1024 };
/** Large batches touch each row once for many events. */
const LOADING_MAX = { maxMessages: 8_000, maxBytes: 16 * 1024 * 1024 };
/** Those of the live projector. */
const FOLLOWING_MAX = { maxMessages: 2_000, maxBytes: 8 * 1024 * 1024 };

/** Limits of one batch. */
export type BatchLimits = Pick<BatchReaderOptions<never>, "maxMessages" | "maxBytes">;

/** How many of `streams` are loaded side by side. */
export function loadedAtOnce(streams: number): number {
  return Math.min(streams, LOADED_AT_ONCE);
}

/** Limits of a batch of a stream that is loaded. */
export function loadingLimits(streams: number): BatchLimits {
  return share(LOADING_MAX, loadedAtOnce(streams));
}

/** Limits of a batch of a stream that is followed, as all of them are. */
export function followingLimits(streams: number): BatchLimits {
  return share(FOLLOWING_MAX, streams);
}

function share(max: BatchLimits, among: number): BatchLimits {
  return {
    maxMessages: Math.min(max.maxMessages, Math.floor(TOTAL.maxMessages / among)),
    maxBytes: Math.min(max.maxBytes, Math.floor(TOTAL.maxBytes / among)),
  };
}
