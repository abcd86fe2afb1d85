/**
 * What the streamers of one hot group tell each other, on a bus in memory and in virtual time: fifty thousand
 * people at 393 streamers, of whom many come, go and edit every second.
 */
import assert from "node:assert/strict";
import { ProblemError } from "../../protocol/mod.ts";
import { MemoryBus } from "../testing/mod.ts";
import { Wheel } from "../wheel.ts";
import { SSE_WIRE } from "../wire.ts";
import type { Seat } from "./group.ts";
import { Presence } from "./presence.ts";

const PEOPLE = 50_000;
const TICK_MS = 250;
const FEED = { groupId: "hot", isReady: true, view: { refusal: () => undefined } };

/** As long as ids are. */
const idOf = (n: number) => `01937d5f-0000-7000-8000-${String(n).padStart(12, "0")}`;

/** The same numbers in every run, from 0 to below 1. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

interface Told {
  readonly count: number;
  readonly users?: readonly { readonly user_id: string }[];
}

/** A group whose people are spread evenly over so many streamers. */
class HotGroup {
  readonly bus = new MemoryBus();
  readonly #random = chance(7);
  readonly #streamers: { readonly presence: Presence; readonly wheel: Wheel }[];
  readonly #seats: Seat[];
  #nowMs = 1_000_000;

  constructor(streamers: number, people: number) {
    const clock = { now: () => this.#nowMs, random: this.#random };
    this.#streamers = Array.from({ length: streamers }, (_, i) => {
      const wheel = new Wheel(this.#nowMs, { tickMs: TICK_MS, slots: 256 });
      return { wheel, presence: new Presence({ bus: this.bus, wheel, clock, from: idOf(i) }) };
    });
    this.#seats = Array.from({ length: people }, (_, i) => this.#sit(i));
  }

  /** Passes `ms`; in each second a share `churn` of the people comes back, or begins or ends to edit. */
  advance(ms: number, churn = 0): void {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.#nowMs += TICK_MS;
      for (let n = churn * this.#seats.length * TICK_MS / 1_000; n > 0; n--) this.#change();
      for (const { wheel } of this.#streamers) wheel.advance(this.#nowMs);
    }
  }

  /** What somebody new is told first at streamer `at`, and 20 s later. */
  visit(at: number): (Told | undefined)[] {
    const told: Told[] = [];
    const seat: Seat | undefined = this.#streamers[at]?.presence.seat(FEED, idOf(at), {
      changed: () => {
        const frame = seat?.next(SSE_WIRE);
        if (frame) told.push(JSON.parse(/^data: (.*)$/m.exec(frame.toString())?.[1] ?? ""));
      },
      isSilent: true,
    });
    this.advance(20_000);
    seat?.leave();
    return [told[0], told.at(-1)];
  }

  /** Lets the people from `from` to before `to` go. */
  leave(from: number, to: number): void {
    for (const seat of this.#seats.slice(from, to)) seat.leave();
  }

  comeBack(i: number): void {
    this.#seats[i] = this.#sit(i);
  }

  /** Says at a streamer that somebody edits; whether that was passed on. */
  async say(i: number): Promise<boolean> {
    const streamer = this.#streamers[i % this.#streamers.length];
    assert.ok(streamer);
    try {
      return await streamer.presence.say(FEED.groupId, idOf(i), { state: "editing" });
    } catch (error) {
      assert.ok(error instanceof ProblemError && error.problem.code === "rate-limited", `${error}`);
      return false;
    }
  }

  #change(): void {
    const i = Math.floor(this.#random() * this.#seats.length);
    const what = this.#random();
    if (what < 0.5) {
      this.#seats[i]?.leave();
      this.#seats[i] = this.#sit(i);
    } else {
      const todo_id = idOf(i);
      this.#seats[i]?.say(what < 0.75 ? { state: "editing", todo_id } : { state: "viewing" });
    }
  }

  #sit(i: number): Seat {
    const streamer = this.#streamers[i % this.#streamers.length];
    assert.ok(streamer);
    return streamer.presence.seat(FEED, idOf(i), { changed: () => {}, isSilent: true });
  }
}

/** What the streamers tell in a second on average, and in the one in which they tell the most. */
function measure(group: HotGroup, seconds: number, churn: number) {
  const { bus } = group;
  let [messages, bytes] = [0, 0];
  let most = 0;
  for (let second = 0; second < seconds; second++) {
    const before = [bus.sent, bus.sentBytes] as const;
    group.advance(1_000, churn);
    messages += bus.sent - before[0];
    bytes += bus.sentBytes - before[1];
    most = Math.max(most, bus.sent - before[0]);
  }
  return { messages: messages / seconds, bytes: bytes / seconds, most };
}

Deno.test("of fifty thousand people at 393 streamers each streamer hears 40 messages and some kilobytes a second", () => {
  const group = new HotGroup(393, PEOPLE);
  group.advance(30_000, 0.02);
  const { messages, bytes, most } = measure(group, 30, 0.02);
  assert.ok(messages <= 40, `${messages} messages a second`);
  assert.ok(messages >= 20, "the group is busy");
  assert.ok(bytes <= 16_000, `${bytes} bytes a second`);
  assert.ok(most <= 80, `${most} messages in one second`);
  const [first, last] = group.visit(0);
  assert.equal(first?.users?.length, 200, "as many are listed as can be");
  assert.equal(last?.count, PEOPLE, "and all are counted");
});

Deno.test("the cost of a group grows neither with its people nor with its streamers", () => {
  const sizes: [streamers: number, people: number][] = [[1, 5_000], [4, 5_000], [40, 5_000], [
    40,
    20_000,
  ], [120, 5_000]];
  for (const [streamers, people] of sizes) {
    const group = new HotGroup(streamers, people);
    group.advance(30_000, 0.05);
    const { messages, bytes } = measure(group, 20, 0.05);
    assert.ok(messages <= 40, `${messages} messages a second of ${people} at ${streamers}`);
    assert.ok(bytes <= 16_000, `${bytes} bytes a second of ${people} at ${streamers}`);
  }
});

Deno.test("of a crowd that has shrunk everybody is listed again, also who was not among the first", () => {
  const group = new HotGroup(20, 400);
  group.advance(30_000);
  const [before] = group.visit(0);
  assert.deepEqual([before?.count, before?.users?.length], [400, 200]);
  group.leave(0, 390);
  const [, last] = group.visit(1);
  assert.deepEqual(
    last?.users?.map(({ user_id }) => user_id),
    [1, ...Array.from({ length: 10 }, (_, i) => 390 + i)].map(idOf),
  );
});

Deno.test("a streamer whose only reader comes and goes tells no more often than others do", () => {
  const group = new HotGroup(2, 2);
  const { sent } = group.bus;
  for (let i = 0; i < 400; i++) {
    group.leave(1, 2);
    group.comeBack(1);
    if (i % 10 === 0) group.advance(250);
  }
  // Ten seconds, in which each of two streamers has forty turns.
  assert.ok(group.bus.sent - sent <= 80, `${group.bus.sent - sent}`);
});

Deno.test("what the people of a hot group say of themselves is passed on 40 times a second, after a first burst", async () => {
  const group = new HotGroup(100, 1_000);
  group.advance(30_000);
  for (let i = 0; i < 2_000; i++) await group.say(i);
  assert.equal(group.bus.said, 800, "eight at each streamer");
  for (let second = 0; second < 20; second++) {
    group.advance(1_000);
    for (let i = 0; i < 500; i++) await group.say(i);
  }
  const passedOn = group.bus.said - 800;
  assert.ok(passedOn > 20 * 30 && passedOn <= 20 * 40 + 100, `${passedOn}`);
});

Deno.test("in a group of two everybody may say what they do as fast as they can", async () => {
  const group = new HotGroup(2, 2);
  group.advance(2_000);
  for (let i = 0; i < 100; i++) {
    for (const person of [0, 1]) assert.equal(await group.say(person), true);
    group.advance(250);
  }
});
