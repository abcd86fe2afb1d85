/**
 * Helpers for the streamer's tests and benchmarks: groups' logs, a log in memory, a reader of frames,
 * and the core put together without sockets.
 */
export * from "./frames.ts";
export * from "./group_writer.ts";
export * from "./memory_bus.ts";
export * from "./memory_log.ts";
export * from "./world.ts";
