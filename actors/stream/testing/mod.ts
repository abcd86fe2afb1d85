/**
 * Helpers for the streamer's tests and benchmarks: groups' logs, a log in memory, a reader of frames,
 * and the core put together without sockets. And the rules that a simulation of many streams drives.
 */
export { Addresses } from "../addresses.ts";
export { retryClass } from "../close_reason.ts";
export type { FeedCommit } from "../commit.ts";
export { drainOverMs, lifetimeOf, retryHintMs } from "../lifetime.ts";
export { READS_AT_ONCE } from "../nats_log.ts";
export { problemAnswer } from "../problem_answer.ts";
export { nextStep, type ResumeLimits } from "../resume.ts";
export { Ring, type RingLimits } from "../ring.ts";
export { PAGE as FEED_PAGE } from "../starting_point.ts";
export type { OpenStream } from "../connection_terms.ts";
export { Streams } from "../streams.ts";
export * from "./frames.ts";
export * from "./group_writer.ts";
export * from "./memory_bus.ts";
export * from "./memory_log.ts";
export * from "./served_core.ts";
export * from "./world.ts";
