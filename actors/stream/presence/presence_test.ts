/** Presence of several streamers in memory, under a clock that stands still, with messages that get lost. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { MemoryBus } from "../testing/mod.ts";
import { Wheel } from "../wheel.ts";
import { SSE_WIRE } from "../wire.ts";
import type { Seat } from "./group.ts";
import { Presence } from "./presence.ts";
import type { Doing } from "./state.ts";

interface Told {
  readonly group_id: string;
  readonly count: number;
  readonly users?: readonly ({ readonly user_id: string } & Doing)[];
}

class Streamers {
  nowMs = 1_000_000;
  readonly bus = new MemoryBus();
  readonly wheels: Wheel[] = [];
  readonly strangers = new Set<string>();
  readonly feed = {
    groupId: "g1",
    isReady: true,
    view: {
      refusal: (userId: string) => this.strangers.has(userId) ? "member-removed" : undefined,
    },
  };

  start(from: string): Presence {
    const wheel = new Wheel(this.nowMs, { tickMs: 250, slots: 256 });
    this.wheels.push(wheel);
    const clock = { now: () => this.nowMs, random: () => 0.5 };
    return new Presence({ bus: this.bus, wheel, clock, from });
  }

  reader(presence: Presence, userId: string): Reader {
    return new Reader(presence, this.feed, userId);
  }

  advance(ms: number): void {
    for (let passed = 0; passed < ms; passed += 250) {
      this.nowMs += 250;
      for (const wheel of this.wheels) wheel.advance(this.nowMs);
    }
  }
}

class Reader {
  readonly seat: Seat;
  readonly told: Told[] = [];

  constructor(presence: Presence, feed: Streamers["feed"], userId: string) {
    this.seat = presence.seat(feed, userId, { changed: () => this.#look(), isSilent: false });
  }

  get last(): Told | undefined {
    return this.told.at(-1);
  }

  get ids(): string[] | undefined {
    return this.last?.users?.map(({ user_id }) => user_id);
  }

  #look(): void {
    const frame: Buffer | undefined = this.seat.next(SSE_WIRE);
    if (frame) this.told.push(JSON.parse(/^data: (.*)$/m.exec(frame.toString())?.[1] ?? ""));
  }
}

Deno.test("readers at two streamers see each other, each once, and what they do", () => {
  const world = new Streamers();
  const [one, two] = [world.start("s1"), world.start("s2")];
  const ana = world.reader(one, "ana");
  const tab = world.reader(two, "ana");
  const ben = world.reader(two, "ben");
  world.advance(2_000);
  for (const reader of [ana, tab, ben]) assert.deepEqual(reader.ids, ["ana", "ben"]);
  ben.seat.say({ state: "editing", todo_id: "t1" });
  tab.seat.say({ state: "editing", todo_id: "t2" });
  world.advance(2_000);
  assert.deepEqual(ana.last, {
    group_id: "g1",
    count: 2,
    users: [
      { user_id: "ana", state: "editing", todo_id: "t2" },
      { user_id: "ben", state: "editing", todo_id: "t1" },
    ],
  });
  tab.seat.leave();
  world.advance(2_000);
  assert.equal(ana.last?.users?.find(({ user_id }) => user_id === "ana")?.state, "viewing");
  ben.seat.leave();
  world.advance(2_000);
  assert.deepEqual(ana.ids, ["ana"]);
});

Deno.test("everybody whom a streamer had is gone soon after it says nothing any more", () => {
  const world = new Streamers();
  const [one, two] = [world.start("s1"), world.start("s2")];
  const ana = world.reader(one, "ana");
  world.reader(two, "ben");
  world.advance(2_000);
  assert.deepEqual(ana.ids, ["ana", "ben"]);
  world.bus.silent.add("s2");
  world.advance(3_000);
  assert.deepEqual(ana.ids, ["ana", "ben"], "a moment of silence is no death");
  world.advance(6_000);
  assert.deepEqual(ana.ids, ["ana"]);
  world.bus.silent.delete("s2");
  world.advance(25_000);
  assert.deepEqual(ana.ids, ["ana", "ben"], "who was only not heard comes back");
});

Deno.test("what got lost is told again", () => {
  const world = new Streamers();
  const [one, two] = [world.start("s1"), world.start("s2")];
  const ana = world.reader(one, "ana");
  const keeps = world.reader(two, "ben");
  const leaves = world.reader(two, "cem");
  world.advance(2_000);
  assert.deepEqual(ana.ids, ["ana", "ben", "cem"]);
  // Nobody misses the streamer for so short a time, but what it says meanwhile is lost.
  world.bus.silent.add("s2");
  leaves.seat.leave();
  world.advance(1_000);
  world.bus.silent.delete("s2");
  world.advance(1_000);
  assert.deepEqual(ana.ids, ["ana", "ben", "cem"]);
  world.advance(21_000);
  assert.deepEqual(ana.ids, ["ana", "ben"]);
  world.bus.silent.add("s2");
  keeps.seat.leave();
  world.bus.silent.delete("s2");
  world.advance(70_000);
  assert.deepEqual(ana.ids, ["ana"], "the last one's leaving got lost, and the streamer lives on");
});

Deno.test("changes are told at most once a second, however many there are", () => {
  const world = new Streamers();
  const one = world.start("s1");
  const ana = world.reader(one, "ana");
  world.advance(2_000);
  const before = ana.told.length;
  const sent = world.bus.sent;
  for (let i = 0; i < 100; i++) {
    world.reader(one, `u${i}`);
    if (i % 10 === 0) world.advance(250);
  }
  world.advance(2_000);
  assert.equal(ana.last?.count, 101);
  assert.ok(ana.told.length - before <= 6, String(ana.told.length - before));
  assert.ok(world.bus.sent - sent <= 20, String(world.bus.sent - sent));
});

Deno.test("of a crowd two hundred are listed once, and then there is the number, every few seconds", () => {
  const world = new Streamers();
  const [one, two] = [world.start("s1"), world.start("s2")];
  const readers = Array.from(
    { length: 250 },
    (_, i) => world.reader(i % 2 ? one : two, `u${String(i).padStart(3, "0")}`),
  );
  world.advance(10_000);
  for (const reader of readers) assert.equal(reader.last?.count, 250);
  const late = world.reader(one, "late");
  world.advance(10_000);
  assert.equal(late.told[0]?.users?.length, 200);
  assert.equal(late.last?.count, 251);
  const seen = readers[0]?.told.length ?? 0;
  for (let i = 0; i < 40; i++) {
    world.reader(two, `more${i}`);
    world.advance(250);
  }
  world.advance(10_000);
  const told = readers[0]?.told.slice(seen) ?? [];
  assert.ok(told.length <= 4, String(told.length));
  assert.deepEqual(told.at(-1), { group_id: "g1", count: 291 });
});

Deno.test("who is no member any more is not listed, even where the streamer still has them", () => {
  const world = new Streamers();
  const [one, two] = [world.start("s1"), world.start("s2")];
  const ana = world.reader(one, "ana");
  world.reader(two, "ben");
  world.advance(2_000);
  world.strangers.add("ben");
  world.reader(one, "cem");
  world.advance(2_000);
  assert.deepEqual(ana.ids, ["ana", "cem"]);
});

Deno.test("nothing is left when nobody is present, and nobody is told of it twice", () => {
  const world = new Streamers();
  const one = world.start("s1");
  const ana = world.reader(one, "ana");
  world.advance(1_000);
  ana.seat.leave();
  ana.seat.leave();
  assert.equal(one.size, 0);
  assert.equal(world.wheels[0]?.size, 1, "only the streamer's own pulse");
  const { sent } = world.bus;
  world.advance(60_000);
  assert.equal(world.bus.sent, sent);
  one[Symbol.dispose]();
  assert.equal(world.wheels[0]?.size, 0);
});

Deno.test("what strangers say is passed on to nobody, and takes no member's turn", async () => {
  const world = new Streamers();
  const one = world.start("s1");
  const ana = one.seat(world.feed, "ana", { changed: () => {}, isSilent: true });
  world.strangers.add("eve");
  for (let i = 0; i < 100; i++) {
    assert.equal(await one.say("g1", "eve", { state: "editing" }), false);
  }
  assert.equal(world.bus.said, 0);
  assert.equal(await one.say("g1", "ana", { state: "editing" }), true);
  ana.leave();
  assert.equal(await one.say("g1", "ana", { state: "editing" }), false);
});
