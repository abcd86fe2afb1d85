/**
 * How the streams of mailboxes and log are cut into shards. The number is decided when they are made: each
 * shard stores its own partitions, and a process that counted otherwise would look for actors where they are not.
 */
import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import { ConfigError } from "./config.ts";
import { findStream } from "./_find_stream.ts";

const PARTITIONS = 1024;
/** Blocks, the unit of ownership, are never cut. */
const BLOCKS = 64;

/** Name of the stream that stores shard `shard` of mailbox, log, snapshots or timers. */
export function streamName(kind: "CMD" | "EV" | "SNAP" | "TIMER", shard: number): string {
  return `${kind}-${shard}`;
}

/** Subjects of a channel in a shard; `below`: what follows the actor's id. */
export function shardSubjects(
  channel: string,
  { shard, shards, below = "" }: { shard: number; shards: number; below?: string },
): string[] {
  if (shards === 1) return [`app.${channel}.*.*.*${below}`];
  const size = PARTITIONS / shards;
  return Array.from({ length: size }, (_, i) => `app.${channel}.${shard * size + i}.*.*${below}`);
}

/**
 * Makes sure that every block lies in one of `shards` streams.
 *
 * @throws {ConfigError} when `shards` does not divide 64
 */
export function requireWholeBlocks(shards: number): void {
  if (Number.isInteger(shards) && shards > 0 && BLOCKS % shards === 0) return;
  throw new ConfigError(
    `Cannot start: STREAM_SHARDS="${shards}" is none of 1, 2, 4, 8, 16, 32 and 64`,
  );
}

/**
 * How the first stream of the log is configured; `undefined` when there is none yet.
 *
 * @throws {ConfigError} when it was made as one of another number than `shards`
 */
export async function findLog(
  manager: JetStreamManager,
  shards: number,
): Promise<StreamConfig | undefined> {
  const log = await findStream(manager, streamName("EV", 0));
  const made = log && shardsOf(log.subjects);
  if (made !== undefined && made !== shards) {
    throw new ConfigError(
      `Cannot start: STREAM_SHARDS="${shards}", but mailboxes and log of this NATS server were cut ` +
        `into ${made} when they were made, which is for ever: set STREAM_SHARDS="${made}" for group ` +
        "hosts, projector and streamers",
    );
  }
  return log;
}

/** Into how many a log is cut whose first stream has these subjects; `undefined` when it is none of ours. */
function shardsOf(subjects: readonly string[]): number | undefined {
  return [1, 2, 4, 8, 16, 32, 64].find((shards) => {
    const ours = shardSubjects("event", { shard: 0, shards });
    return ours.length === subjects.length && ours.every((subject) => subjects.includes(subject));
  });
}
