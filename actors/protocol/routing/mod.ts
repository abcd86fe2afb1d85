/** Where a group's messages live: partitions, blocks, subjects. Server side only (uses node:zlib and node:crypto). */
export * from "./accounts.ts";
export * from "./cluster.ts";
export * from "./commands.ts";
export * from "./cursors.ts";
export * from "./message_hash.ts";
export * from "./partition.ts";
export * from "./presence.ts";
export * from "./quotas.ts";
export * from "./rebuild.ts";
export * from "./sessions.ts";
export * from "./subjects.ts";
export * from "./trace.ts";
export * as headers from "./headers.ts";
