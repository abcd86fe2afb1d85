/**
 * Live writes at a steady pace, and how far behind them projections are: commits put into the log evenly, each
 * timed from the moment it was stored until the read model held it.
 */
import { jetstream } from "@nats-io/jetstream";
import type { Projector } from "../../actors/projection/mod.ts";
import { type NatsConnection, pause } from "../../actors/platform/mod.ts";
import { type LogFiller, publishCommit } from "./_log_filler.ts";

const TICK_MS = 2;
/** Longest that the projections may be behind at the end. */
const FOLLOWED_MS = 30_000;

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Followed {
  /** What was published, which is less than was wanted where the machine cannot do it. */
  readonly perSecond: number;
  /** Of each commit, from stored to projected, in milliseconds; rising. */
  readonly lagsMs: readonly number[];
}

/** A commit that was stored as the `sequence`th of its stream. */
interface Stored {
  readonly sequence: number;
  readonly atMs: number;
}

/**
 * Publishes what `filler` makes at this pace while `projectors`, one for each stream, follow.
 *
 * @throws {Error} when they have not caught up half a minute after the last commit
 */
export async function followAtPace(
  { connection, filler, projectors }: {
    readonly connection: NatsConnection;
    readonly filler: LogFiller;
    readonly projectors: readonly Projector[];
  },
  { perSecond, seconds }: Pace,
): Promise<Followed> {
  const messages = filler.make(Math.round(perSecond * seconds));
  const client = jetstream(connection);
  const waiting = projectors.map((): Stored[] => []);
  const lagsMs: number[] = [];
  const look = () => {
    const nowMs = performance.now();
    for (const [shard, stored] of waiting.entries()) {
      const position = projectors[shard]?.position ?? 0;
      const behind = stored.findIndex(({ sequence }) => sequence > position);
      const done = stored.splice(0, behind < 0 ? stored.length : behind);
      lagsMs.push(...done.map(({ atMs }) => Math.max(0, nowMs - atMs)));
    }
  };
  const publish = async (message: (typeof messages)[number]) => {
    const { seq: sequence, stream } = await publishCommit(client, message, projectors.length);
    waiting[Number(stream.slice("EV-".length))]?.push({ sequence, atMs: performance.now() });
  };
  const publishing: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let sent = 0; sent < messages.length;) {
    const due = Math.ceil((performance.now() - startedAt) * perSecond / 1_000);
    const batch = messages.slice(sent, due);
    publishing.push(...batch.map(publish));
    sent += batch.length;
    await pause(TICK_MS);
    look();
  }
  await Promise.all(publishing);
  const publishedMs = performance.now() - startedAt;
  while (lagsMs.length < messages.length) {
    if (performance.now() > startedAt + publishedMs + FOLLOWED_MS) {
      throw new Error(`${messages.length - lagsMs.length} commits were not projected`);
    }
    await pause(TICK_MS);
    look();
  }
  return {
    perSecond: messages.length / (publishedMs / 1_000),
    lagsMs: lagsMs.sort((a, b) => a - b),
  };
}
