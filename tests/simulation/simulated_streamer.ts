/** A streamer in the simulation: the real feeds and connections, without sockets and HTTP. */
import {
  Connection,
  type ConnectionContext,
  type FeedContext,
  Feeds,
  FlushQueue,
  type Outlet,
  startOf,
  Wheel,
} from "../../actors/stream/mod.ts";
import type { Environment } from "./environment.ts";
import { Process } from "./process.ts";
import type { Sabotage } from "./sabotage.ts";
import type { SimulatedFeed } from "./simulated_feed.ts";

const TICK_MS = 250;

export interface StreamerWorld {
  readonly environment: Environment;
  readonly feed: SimulatedFeed;
  readonly sabotage: Sabotage;
}

/** A stream about to be opened. */
export interface Opening {
  readonly userId: string;
  readonly groupIds: readonly string[];
  readonly cursor: string | undefined;
  readonly outlet: Outlet;
}

export class SimulatedStreamer {
  readonly process: Process;
  readonly #environment: Environment;
  readonly #sabotage: Sabotage;
  readonly #feeds: Feeds;
  readonly #context: ConnectionContext;

  constructor(name: string, world: StreamerWorld, onCrash: () => void) {
    const { environment, feed, sabotage } = world;
    const { clock, random } = environment;
    this.#environment = environment;
    this.process = new Process(name, environment, () => {
      feed.forget(this.process);
      onCrash();
    });
    this.#sabotage = sabotage;
    const shared = {
      now: () => environment.wallMs,
      random: () => random.next(),
      epoch: { current: "e1" },
    };
    const wheel = new Wheel(shared.now(), { tickMs: TICK_MS, slots: 256 });
    const feedContext: FeedContext = {
      ...shared,
      log: feed.logFor(this.process),
      ring: { maxCommits: random.pick([1, 3, 100]), maxBytes: 1e9 },
      sleep: (ms) => this.process.sleep(ms),
      report: (what) => {
        if (what.kind === "poison") {
          environment.violate("no poison", `${name} cannot read ${what.groupId}: ${what.cause}`);
        }
        if (what.kind === "followed") {
          environment.note(name, `follows ${what.groupId}, snapshot ${what.snapshot}`);
        } else if (what.kind !== "delivered") {
          environment.note(name, `${what.kind} of ${what.groupId}`);
        }
      },
    };
    const maxIdle = random.pick([0, 10]);
    this.#feeds = new Feeds(feedContext, wheel, { idleMs: 2_000, maxIdle, auditMs: 3_000 });
    this.#context = {
      ...shared,
      wheel,
      flushQueue: new FlushQueue({
        momentMs: 5,
        now: shared.now,
        after: (ms, action) => {
          this.process.after(ms, action);
          // A streamer ends only by a crash here, which forgets its timers.
          return () => {};
        },
      }),
      limits: {
        pageBytes: random.pick([500, 5_000]),
        maxReplayVersions: random.pick([5, 10_000]),
        maxBehindBytes: random.pick([2_000, 1e9]),
        stallMs: 1_500,
        heartbeatMs: 5_000,
        lingerMs: 500,
        retryMs: 100,
      },
      release: (each) => this.#feeds.release(each),
      report: () => {},
    };
    const tick = () => Promise.resolve(wheel.advance(environment.wallMs));
    void this.process.every(TICK_MS, tick);
    environment.note(name, `starts at ${clock.nowMs.toFixed(0)}`);
  }

  /** Opens a stream; `undefined` when it is refused. @throws {Error} when the log does not answer */
  async open({ userId, groupIds, cursor, outlet }: Opening): Promise<Connection | undefined> {
    const results = await Promise.allSettled(groupIds.map((id) => this.#feeds.acquire(id)));
    const feeds = results.flatMap((each) =>
      each.status === "fulfilled" && each.value ? [each.value] : []
    );
    const starts = feeds.map((feed) => startOf(cursor, feed.groupId, feed.epoch));
    let connection: Connection | undefined;
    try {
      if (feeds.length < groupIds.length) return undefined;
      await Promise.all(feeds.map(async (feed, index) => {
        const start = starts[index];
        if (start?.kind !== "resume") return;
        if (start.position.sequence > feed.view.head.sequence) await feed.catchUp({ attempts: 2 });
      }));
      if (feeds.some((feed) => !feed.isReady || feed.view.refusal(userId))) return undefined;
      connection = new Connection(
        {
          userId,
          sessionId: "s",
          address: "203.0.113.7",
          endsAtMs: this.#context.now() + 20_000,
          endReason: "rotated",
        },
        this.#sabotage.outlet?.(outlet) ?? outlet,
        this.#context,
      );
      return connection;
    } finally {
      connection?.start(feeds.map((feed, index) => ({
        feed,
        start: starts[index] ?? { kind: "snapshot" },
      })));
      if (!connection) feeds.forEach((feed) => this.#feeds.release(feed));
    }
  }

  /** The connection to the broker is back after it was cut. */
  reconnected(): void {
    this.#environment.note(this.process.name, "looks after its feeds");
    this.process.enter(() => void this.#feeds.verifyAll());
  }
}
