/** The whole core without sockets: feeds, subscriptions and connections against a log in memory. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { Connection, type ConnectionContext, type ConnectionLimits } from "./connection.ts";
import type { FeedContext } from "./feed.ts";
import { Feeds } from "./feeds.ts";
import { FlushQueue } from "./flush_queue.ts";
import { startOf } from "./resume.ts";
import { type Frame, FrameReader, GroupWriter, MemoryLog, ReaderModel } from "./testing/mod.ts";
import { Wheel } from "./wheel.ts";

const GROUP = "g1";
const OTHER = "g2";

/** A reader's end whose reader can stop reading and go away. */
class FakeSocket {
  readonly reader = new FrameReader();
  readonly model = new ReaderModel();
  readonly frames: Frame[] = [];
  readonly log = { writes: 0, ended: false, destroyed: false };
  #queued: Uint8Array[] = [];
  #stalled = false;
  connection: Connection | undefined;

  readonly outlet = {
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

class World {
  readonly log = new MemoryLog();
  nowMs = 1_000_000;
  readonly wheel = new Wheel(this.nowMs, { tickMs: 250, slots: 256 });
  readonly closes: string[] = [];
  readonly kinds: string[] = [];
  readonly feeds: Feeds;
  readonly context: ConnectionContext;
  readonly #shared = {
    now: () => this.nowMs,
    random: () => 0.5,
    epoch: { current: "e1" },
  };

  constructor(options: { limits?: Partial<ConnectionLimits>; ringCommits?: number } = {}) {
    const feedContext: FeedContext = {
      ...this.#shared,
      log: this.log,
      ring: { maxCommits: options.ringCommits ?? 4, maxBytes: 1e9 },
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
      report: ({ kind }) => void this.kinds.push(kind),
    };
    this.feeds = new Feeds(feedContext, this.wheel, {
      idleMs: 60_000,
      maxIdle: 10,
      auditMs: 30_000,
    });
    this.context = {
      ...this.#shared,
      wheel: this.wheel,
      flushQueue: new FlushQueue(),
      limits: { ...LIMITS, ...options.limits },
      release: (feed) => this.feeds.release(feed),
      report: (what) => {
        if (what.kind === "closed") this.closes.push(what.reason);
        if (what.kind === "reset") this.kinds.push(`reset ${what.reason}`);
      },
    };
  }

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

  advance(ms: number): void {
    this.nowMs += ms;
    this.wheel.advance(this.nowMs);
  }
}

/** Lets everything that is under way finish. */
async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}

function group(world: World, groupId = GROUP): GroupWriter {
  const writer = new GroupWriter(groupId, "ana");
  world.log.append(groupId, writer.create());
  return writer;
}

Deno.test("a new reader gets the retry time, a snapshot, then each commit once", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 2);
  world.log.append(GROUP, writer.addTodos(3));
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.ok((socket.reader.retryMs ?? 0) >= 1_000);
  assert.deepEqual(socket.frames.map(({ event }) => event), [
    "snapshot",
    "todo-event",
    "todo-event",
  ]);
  assert.equal(socket.model.versions.get(GROUP), 6);
  assert.equal(socket.model.cursor, `e1-${GROUP}:6.3`);
  world.feeds.close();
});

Deno.test("commits that arrive together leave in one write", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  const before = socket.log.writes;
  for (let i = 0; i < 10; i++) world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.equal(socket.log.writes - before, 1);
  assert.equal(socket.model.versions.get(GROUP), 12);
  world.feeds.close();
});

Deno.test("stored bytes reach the reader unchanged", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  const bytes = writer.addTodos(2, 'Zwölf „Boxkämpfer“ \\ " 🥛');
  world.log.append(GROUP, bytes);
  await settle();
  assert.equal(socket.frames.at(-1)?.data, new TextDecoder().decode(bytes));
  world.feeds.close();
});

Deno.test("a removed member gets revoked instead of the removal and nothing after", async () => {
  const world = new World();
  const writer = group(world);
  world.log.append(GROUP, writer.addMember("ben"));
  const ana = await world.open("ana");
  const ben = await world.open("ben");
  await settle();
  world.log.append(GROUP, writer.removeMember("ben"));
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.deepEqual(ben.frames.map(({ event }) => event), ["snapshot", "revoked"]);
  assert.deepEqual(JSON.parse(ben.frames[1]?.data ?? ""), {
    group_id: GROUP,
    reason: "member-removed",
  });
  assert.equal(ben.log.ended, true);
  assert.equal(ana.model.versions.get(GROUP), 5);
  world.feeds.close();
});

Deno.test("a stream of two groups goes on with the one that is left", async () => {
  const world = new World();
  const writer = group(world);
  const other = group(world, OTHER);
  const socket = await world.open("ana", undefined, { groups: [GROUP, OTHER] });
  await settle();
  world.log.append(GROUP, writer.delete());
  world.log.append(OTHER, other.addTodos(1));
  await settle();
  assert.deepEqual([...socket.model.revoked], [GROUP]);
  assert.equal(socket.model.versions.get(OTHER), 3);
  assert.equal(socket.model.cursor, `e1-${OTHER}:3.4`);
  world.feeds.close();
});

Deno.test("the id of a stream of several groups is a vector that resumes each of them", async () => {
  const world = new World();
  const writers = [group(world), group(world, OTHER)];
  const groups = [GROUP, OTHER];
  const first = await world.open("ana", undefined, { groups });
  await settle();
  for (let i = 0; i < 3; i++) {
    for (const writer of writers) world.log.append(writer.groupId, writer.addTodos(1));
  }
  await settle();
  const { cursor } = first.model;
  first.cut();
  for (const writer of writers) world.log.append(writer.groupId, writer.addTodos(2));
  const second = new FakeSocket();
  for (const id of groups) second.model.versions.set(id, first.model.versions.get(id) ?? 0);
  await world.open("ana", cursor, { groups, socket: second });
  await settle();
  assert.deepEqual([...second.model.versions], [[GROUP, 7], [OTHER, 7]]);
  assert.deepEqual(second.frames.map(({ event }) => event), ["todo-event", "todo-event"]);
  world.feeds.close();
});

for (
  const [name, cursor, reason] of [
    ["no cursor at all", "rubbish", "unreadable-cursor"],
    ["a cursor of another log", `e0-${GROUP}:3.2`, "other-epoch"],
    ["a cursor ahead of the log", `e1-${GROUP}:90.90`, "unknown-position"],
    ["a cursor between commits", `e1-${GROUP}:4.3`, "unknown-position"],
    ["an old cursor that never was", `e1-${GROUP}:3.3`, "unknown-position"],
    ["a cursor from before the reader was a member", `e1-${GROUP}:2.1`, "membership"],
  ] as const
) {
  Deno.test(`${name} gives one reset, then a snapshot`, async () => {
    const world = new World({ ringCommits: 1 });
    const writer = group(world);
    world.log.append(GROUP, writer.addMember("ben"));
    world.log.append(GROUP, writer.addTodos(2));
    world.log.append(GROUP, writer.addTodos(1));
    const socket = await world.open("ben", cursor);
    await settle();
    assert.deepEqual(socket.frames.map(({ event }) => event), ["reset", "snapshot"]);
    assert.equal(JSON.parse(socket.frames[0]?.data ?? "").reason, reason);
    assert.equal(socket.model.versions.get(GROUP), 6);
    world.feeds.close();
  });
}

Deno.test("a reader that lacks too many versions gets a reset", async () => {
  const world = new World({ limits: { maxReplayVersions: 5 } });
  const writer = group(world);
  for (let i = 0; i < 10; i++) world.log.append(GROUP, writer.addTodos(1));
  const socket = await world.open("ana", `e1-${GROUP}:2.1`);
  await settle();
  assert.deepEqual(socket.frames.map(({ event }) => event), ["reset", "snapshot"]);
  world.feeds.close();
});

Deno.test("a live reader that takes nothing is cut sooner when it is far behind", async () => {
  const world = new World({ limits: { maxBehindBytes: 3_000 } });
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  socket.stall();
  for (let i = 0; i < 20; i++) {
    world.log.append(GROUP, writer.addTodos(1));
    await settle();
  }
  assert.deepEqual(world.closes, []);
  world.advance(1_000);
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.deepEqual(world.closes, ["slow-reader"]);
  socket.resume();
  const bye = socket.frames.at(-1);
  assert.equal(bye?.event, "bye");
  assert.deepEqual(
    { ...JSON.parse(bye?.data ?? ""), retry_ms: 0 },
    {
      reason: "slow-reader",
      retry: "back-off",
      cursor: `e1-${GROUP}:${socket.model.versions.get(GROUP)}.2`,
      retry_ms: 0,
    },
  );
  world.feeds.close();
});

Deno.test("a reader that takes nothing for five seconds is cut and dropped", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  socket.stall();
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  world.advance(4_500);
  assert.deepEqual(world.closes, []);
  world.advance(1_000);
  assert.deepEqual(world.closes, ["slow-reader"]);
  world.advance(2_500);
  assert.equal(socket.log.destroyed, true);
  assert.equal(world.wheel.size, 2);
  world.feeds.close();
});

Deno.test("a slow but steady reader gets a large snapshot in slices", async () => {
  const world = new World();
  const writer = group(world);
  for (let i = 0; i < 30; i++) world.log.append(GROUP, writer.addTodos(50, "x".repeat(200)));
  const socket = new FakeSocket();
  socket.stall();
  await world.open("ana", undefined, { socket });
  for (let i = 0; i < 30 && socket.frames.length === 0; i++) {
    world.advance(4_000);
    socket.resume();
    socket.stall();
    world.log.append(GROUP, writer.addTodos(1));
    await settle();
  }
  socket.resume();
  await settle();
  assert.deepEqual(world.closes, []);
  assert.equal(socket.model.versions.get(GROUP), writer.version);
  world.feeds.close();
});

Deno.test("heartbeats come every 15 to 20 seconds and not into the middle of a frame", async () => {
  const world = new World();
  group(world);
  const socket = await world.open("ana");
  await settle();
  const seconds: number[] = [];
  let seen = 0;
  for (let second = 1; second <= 120; second++) {
    world.advance(1_000);
    if (socket.reader.comments > seen) seconds.push(second);
    seen = socket.reader.comments;
  }
  const gaps = seconds.slice(1).map((at, index) => at - (seconds[index] ?? 0));
  assert.ok(gaps.length >= 5 && gaps.every((gap) => gap >= 15 && gap <= 20), String(gaps));
  world.feeds.close();
});

Deno.test("a stream ends by itself with a bye that carries the cursor", async () => {
  const world = new World();
  group(world);
  const socket = await world.open("ana", undefined, { endsInMs: 3_000 });
  await settle();
  world.advance(3_250);
  const bye = socket.frames.at(-1);
  assert.equal(bye?.event, "bye");
  assert.equal(bye?.id, `e1-${GROUP}:2.1`);
  assert.equal(JSON.parse(bye?.data ?? "").retry, "now");
  assert.deepEqual(world.closes, ["rotated"]);
  world.feeds.close();
});

Deno.test("a lost message is repaired from the log as soon as the next one arrives", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 5);
  assert.ok(world.kinds.includes("gap"));
  world.feeds.close();
});

Deno.test("a lost message without a next one is found by the audit", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 2);
  world.advance(1_250);
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 3);
  world.feeds.close();
});

Deno.test("a repair waits for a replica that lags", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.hidden = 2;
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 2);
  world.log.hidden = 0;
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 4);
  world.feeds.close();
});

Deno.test("a log made anew resets every reader once", async () => {
  const world = new World();
  const old = group(world);
  world.log.append(GROUP, old.addTodos(5));
  const sockets = [await world.open("ana"), await world.open("ana")];
  await settle();
  world.log.recreate();
  group(world);
  await world.feeds.verifyAll();
  await settle();
  for (const socket of sockets) {
    assert.deepEqual(socket.frames.map(({ event }) => event), ["snapshot", "reset", "snapshot"]);
    assert.equal(socket.model.versions.get(GROUP), 2);
  }
  assert.match(sockets[0]?.model.cursor ?? "", /^e1x-/);
  world.feeds.close();
});

Deno.test("a message that is no commit is passed over and its group goes on", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.append(GROUP, new TextEncoder().encode("{nonsense"));
  world.log.append(GROUP, new TextEncoder().encode("[null]"));
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.deepEqual(socket.frames.map(({ event }) => event), ["snapshot", "todo-event"]);
  const late = new FakeSocket();
  late.model.versions.set(GROUP, 2);
  await world.open("ana", `e1-${GROUP}:2.1`, { socket: late });
  await settle();
  assert.deepEqual(late.frames.map(({ event }) => event), ["todo-event"]);
  assert.equal(world.kinds.filter((kind) => kind === "poison").length, 2);
  world.feeds.close();
});

Deno.test("feeds without listeners are let go after a while, the oldest first when many", async () => {
  const world = new World();
  for (let i = 0; i < 12; i++) group(world, `many-${i}`);
  for (let i = 0; i < 12; i++) {
    const feed = await world.feeds.acquire(`many-${i}`);
    assert.ok(feed);
    world.feeds.release(feed);
  }
  assert.equal(world.feeds.size, 10);
  assert.equal(world.log.followers, 10);
  for (let i = 0; i < 70; i++) world.advance(1_000);
  assert.equal(world.feeds.size, 0);
  assert.equal(world.log.followers, 0);
  world.feeds.close();
});

Deno.test("a group that does not exist leaves nothing behind", async () => {
  const world = new World();
  assert.equal(await world.feeds.acquire("nowhere"), undefined);
  assert.equal(world.feeds.size, 0);
  assert.equal(world.log.followers, 0);
  world.feeds.close();
});

/** What may happen, how often, and up to which number (of commits, of the reader, of turns…). */
const HAPPENINGS = [
  ["commit", 6, 3],
  ["large", 1, 1],
  ["lost", 2, 2],
  ["open", 3, 3],
  ["cut", 3, 3],
  ["end", 2, 3],
  ["stall", 2, 3],
  ["resume", 2, 3],
  ["turn", 4, 12],
  ["fail", 1, 2],
  ["verify", 1, 0],
  ["time", 1, 4],
] as const;

const happening = fc.oneof(
  ...HAPPENINGS.map(([kind, weight, max]) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), count: fc.nat(max) }),
  })),
);

Deno.test("any interleaving of commits, losses, joins, stalls, cuts and resumes has no gap and no duplicate", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 60, size: "max" }),
      fc.boolean(),
      async (actions, many) => {
        const world = new World({
          ringCommits: 3,
          limits: { pageBytes: 1_500, maxBehindBytes: 4_000 },
        });
        const groups = many ? [GROUP, OTHER] : [GROUP];
        const writers = groups.map((groupId) => group(world, groupId));
        const readers: {
          socket: FakeSocket | undefined;
          model: ReaderModel;
          opening?: Promise<void>;
        }[] = Array.from({ length: 4 }, () => ({ socket: undefined, model: new ReaderModel() }));
        const open = async (index: number) => {
          const reader = readers[index];
          if (!reader || reader.socket || reader.opening) return;
          const { cursor, versions } = reader.model;
          const socket = new FakeSocket();
          for (const [id, version] of versions) socket.model.versions.set(id, version);
          socket.model.cursor = cursor;
          reader.opening = world.open("ana", cursor, { groups, socket }).then(
            () => {
              reader.socket = socket;
              reader.model = socket.model;
            },
            (error) => assert.match(String(error), /does not answer/),
          ).finally(() => delete reader.opening);
          await Promise.resolve();
        };
        let turn = 0;
        for (const { kind, count } of actions) {
          const reader = readers[count];
          switch (kind) {
            case "large":
            case "commit":
            case "lost": {
              const writer = writers[turn++ % writers.length];
              for (let i = 0; i < count && writer; i++) {
                const title = "x".repeat(kind === "large" ? 70_000 : 10);
                const bytes = writer.addTodos(count, title);
                world.log.append(writer.groupId, bytes, { lost: kind === "lost" });
              }
              break;
            }
            case "open":
              await open(count);
              break;
            case "cut":
              reader?.socket?.cut();
              if (reader) reader.socket = undefined;
              break;
            case "stall":
              reader?.socket?.stall();
              break;
            case "resume":
              reader?.socket?.resume();
              break;
            case "turn":
              for (let i = 0; i < count; i++) await Promise.resolve();
              break;
            case "fail":
              world.log.failures = count;
              break;
            case "verify":
              void world.feeds.verifyAll();
              break;
            case "time":
              world.advance(count * 1_000);
              break;
          }
          for (const each of readers) {
            if (each.socket && !each.socket.connection?.isOpen) each.socket = undefined;
          }
        }
        world.log.failures = 0;
        await settle();
        await world.feeds.verifyAll();
        for (const reader of readers) {
          reader.socket?.resume();
          await reader.opening;
        }
        await settle();
        for (const [index, reader] of readers.entries()) {
          if (!reader.socket?.connection?.isOpen) {
            reader.socket = undefined;
            await open(index);
            await reader.opening;
          }
        }
        await settle();
        for (const { model, socket } of readers) {
          for (const writer of writers) {
            assert.equal(model.versions.get(writer.groupId), writer.version);
          }
          assert.equal(model.counts.get("reset"), undefined);
          socket?.cut();
        }
        world.feeds.close();
        assert.equal(world.log.followers, 0);
      },
    ),
    { numRuns: 1_000 },
  );
});
