/**
 * The core of a streamer behind real sockets, fed from a log in memory on a real clock: what delivering takes
 * without NATS, tokens and limits. `GET /events?group_id=…` opens a stream of one group for its owner.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pause } from "../../platform/mod.ts";
import { Connection } from "../connection.ts";
import type { ConnectionContext, ConnectionLimits } from "../connection_terms.ts";
import { Feeds } from "../feeds.ts";
import { timedFlushQueue } from "../flush_queue.ts";
import { createStreamServer, type Exchange, ResponseOutlet } from "../server.ts";
import { Wheel } from "../wheel.ts";
import { MemoryLog } from "./memory_log.ts";

const TICK_MS = 250;
const FOR_EVER_MS = 1e12;
const LIMITS: ConnectionLimits = {
  pageBytes: 256 * 1024,
  maxReplayVersions: 10_000,
  maxBehindBytes: 256 * 1024,
  stallMs: 5_000,
  heartbeatMs: 15_000,
  lingerMs: 2_000,
  retryMs: 1_000,
};

export interface ServedCoreOptions {
  /** Who reads: a member of all groups. */
  readonly userId: string;
  /** Told of every write to a stream of the group, when the socket has taken it. */
  readonly written: (groupId: string, bytes: number) => void;
}

export class ServedCore implements AsyncDisposable {
  readonly log = new MemoryLog();
  readonly #options: ServedCoreOptions;
  readonly #server: Server;
  readonly #feeds: Feeds;
  readonly #context: ConnectionContext;
  readonly #ticking: ReturnType<typeof setInterval>;

  constructor(options: ServedCoreOptions) {
    this.#options = options;
    const clock = {
      now: () => performance.timeOrigin + performance.now(),
      random: Math.random,
      epoch: { current: "e1" },
    };
    const wheel = new Wheel(clock.now(), { tickMs: TICK_MS, slots: 256 });
    this.#feeds = new Feeds(
      {
        ...clock,
        log: this.log,
        ring: { maxCommits: 32, maxBytes: 1024 * 1024 },
        sleep: pause,
        report: () => {},
      },
      wheel,
      { idleMs: FOR_EVER_MS, maxIdle: Infinity, auditMs: FOR_EVER_MS },
    );
    this.#context = {
      ...clock,
      wheel,
      flushQueue: timedFlushQueue(clock.now),
      limits: LIMITS,
      release: (feed) => this.#feeds.release(feed),
      report: () => {},
    };
    this.#ticking = setInterval(() => wheel.advance(clock.now()), TICK_MS);
    this.#server = createStreamServer({
      routes: { "/events": { GET: (exchange) => this.#open(exchange) } },
      refused: () => {},
      failed: (error) => {
        throw error;
      },
    });
  }

  /** Begins to serve; the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", 8_192, resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #open({ url, response }: Exchange): Promise<void> {
    const groupId = url.searchParams.get("group_id") ?? "";
    const feed = await this.#feeds.acquire(groupId);
    if (!feed) throw new Error(`There is no group ${groupId}`);
    const { userId, written } = this.#options;
    const outlet = new WatchedOutlet(response, (bytes) => written(groupId, bytes));
    const connection = new Connection(
      {
        userId,
        sessionId: "s",
        address: "127.0.0.1",
        endsAtMs: this.#context.now() + FOR_EVER_MS,
        endReason: "rotated",
      },
      outlet,
      this.#context,
    );
    outlet.serve(connection);
    connection.start([{ feed, start: { kind: "snapshot" } }]);
  }
}

class WatchedOutlet extends ResponseOutlet {
  readonly #written: (bytes: number) => void;

  constructor(response: Exchange["response"], written: (bytes: number) => void) {
    super(response);
    this.#written = written;
  }

  override write(chunk: Uint8Array): boolean {
    const isTaken = super.write(chunk);
    this.#written(chunk.length);
    return isTaken;
  }
}
