/**
 * The whole core without sockets for tests: feeds, subscriptions and connections against a log in
 * memory, readers that can stall and go away, and a clock that stands still.
 */
import assert from "node:assert/strict";
import { clearImmediate, setImmediate } from "node:timers";
import { Connection } from "../connection.ts";
import type { ConnectionContext, ConnectionLimits } from "../connection_terms.ts";
import type { FeedContext } from "../feed.ts";
import { Feeds } from "../feeds.ts";
import { FlushQueue } from "../flush_queue.ts";
import { Presence, type PresenceBus } from "../presence/mod.ts";
import { startOf } from "../resume.ts";
import { Wheel } from "../wheel.ts";
import { SSE_WIRE } from "../wire.ts";
import { type Frame, FrameReader, ReaderModel } from "./frames.ts";
import { GroupWriter } from "./group_writer.ts";
import { MemoryBus } from "./memory_bus.ts";
import { MemoryLog } from "./memory_log.ts";

/** The group of most tests, and a second one. */
export const GROUP = "g1";
export const OTHER = "g2";

/** A reader's end whose reader can stop reading and go away. */
export class FakeSocket {
  readonly reader = new FrameReader();
  readonly model = new ReaderModel();
  readonly frames: Frame[] = [];
  readonly log = { writes: 0, ended: false, destroyed: false };
  #queued: Uint8Array[] = [];
  #stalled = false;
  connection: Connection | undefined;

  readonly outlet = {
    wire: SSE_WIRE,
    write: (chunk: Uint8Array) => {
      this.log.writes++;
      if (this.#stalled) {
        this.#queued.push(chunk);
        return false;
      }
      this.#receive(chunk);
      return true;
    },
    end: () => {
      this.log.ended = true;
      if (!this.#stalled) this.connection?.gone();
    },
    destroy: () => {
      this.log.destroyed = true;
      this.#queued = [];
      this.connection?.gone();
    },
    get queuedBytes() {
      return 0;
    },
  };

  stall(): void {
    this.#stalled = true;
  }

  /** Reads on. */
  resume(): void {
    this.#stalled = false;
    for (const chunk of this.#queued.splice(0)) this.#receive(chunk);
    if (this.log.ended) this.connection?.gone();
    else this.connection?.drained();
  }

  /** Goes away; what was not read is lost. */
  cut(): void {
    this.#queued = [];
    this.connection?.gone();
  }

  #receive(chunk: Uint8Array): void {
    for (const frame of this.reader.push(chunk)) {
      this.frames.push(frame);
      this.model.take(frame);
    }
  }
}

const LIMITS: ConnectionLimits = {
  pageBytes: 2_000,
  maxReplayVersions: 10_000,
  maxBehindBytes: 1e9,
  stallMs: 5_000,
  heartbeatMs: 15_000,
  lingerMs: 2_000,
  retryMs: 1_000,
};

/** The core of a streamer around a log in memory, with a clock that only {@link advance} moves. */
export class World {
  readonly log = new MemoryLog();
  nowMs = 1_000_000;
  readonly wheel = new Wheel(this.nowMs, { tickMs: 250, slots: 256 });
  readonly closes: string[] = [];
  readonly kinds: string[] = [];
  readonly feeds: Feeds;
  readonly context: ConnectionContext;
  readonly #bus: PresenceBus;
  #presence: Presence | undefined;
  readonly #shared = {
    now: () => this.nowMs,
    random: () => 0.5,
    epoch: { current: "e1" },
  };

  constructor(
    options: { limits?: Partial<ConnectionLimits>; ringCommits?: number; bus?: PresenceBus } = {},
  ) {
    const feedContext: FeedContext = {
      ...this.#shared,
      log: this.log,
      ring: { maxCommits: options.ringCommits ?? 4, maxBytes: 1e9 },
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
      report: (what) => {
        const { kind } = what;
        this.kinds.push(kind === "followed" ? `${kind} ${what.snapshot}` : kind);
      },
    };
    this.feeds = new Feeds(feedContext, this.wheel, {
      idleMs: 60_000,
      maxIdle: 10,
      auditMs: 30_000,
    });
    this.context = {
      ...this.#shared,
      wheel: this.wheel,
      flushQueue: new FlushQueue({
        momentMs: 5,
        now: this.#shared.now,
        after: (_, action) => {
          const timer = setImmediate(action);
          return () => clearImmediate(timer);
        },
      }),
      limits: { ...LIMITS, ...options.limits },
      release: (feed) => this.feeds.release(feed),
      report: (what) => {
        if (what.kind === "closed") this.closes.push(what.reason);
        if (what.kind === "reset") this.kinds.push(`reset ${what.reason}`);
      },
    };
    this.#bus = options.bus ?? new MemoryBus();
  }

  get presence(): Presence {
    return this.#presence ??= new Presence({
      bus: this.#bus,
      wheel: this.wheel,
      clock: this.#shared,
      from: crypto.randomUUID(),
    });
  }

  /** Opens a stream of `userId`, after `cursor` when it is given. */
  async open(
    userId: string,
    cursor?: string,
    options: { groups?: readonly string[]; endsInMs?: number; socket?: FakeSocket } = {},
  ): Promise<FakeSocket> {
    const groups = options.groups ?? [GROUP];
    const socket = options.socket ?? new FakeSocket();
    const feeds = await Promise.all(groups.map((groupId) => this.feeds.acquire(groupId)));
    const owner = {
      userId,
      sessionId: "s",
      address: "203.0.113.7",
      endsAtMs: this.nowMs + (options.endsInMs ?? 1e9),
      endReason: "rotated",
    } as const;
    const connection = new Connection(owner, socket.outlet, this.context);
    socket.connection = connection;
    connection.start(feeds.map((feed) => {
      assert.ok(feed);
      assert.equal(feed.view.refusal(userId), undefined);
      return { feed, start: startOf(cursor, feed.groupId, this.context.epoch.current) };
    }));
    return socket;
  }

  /** Moves the clock and runs what is due. */
  advance(ms: number): void {
    this.nowMs += ms;
    this.wheel.advance(this.nowMs);
  }
}

/** Lets everything that is under way finish. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A group of `ana` whose first commit is in the log. */
export function group(world: World, groupId = GROUP): GroupWriter {
  const writer = new GroupWriter(groupId, "ana");
  world.log.append(groupId, writer.create());
  return writer;
}
