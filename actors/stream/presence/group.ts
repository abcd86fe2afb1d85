/**
 * Who is present in one group: the seats of this streamer and what other streamers say of theirs, merged,
 * each person once. Tells changes at most so often, to the others and to the seats; a crowd is told as a
 * number. Knows nothing of NATS or of timers.
 */
import type { Buffer } from "node:buffer";
import type { Timed } from "../wheel.ts";
import type { Wire } from "../wire.ts";
import {
  byRank,
  type Doing,
  LISTED_MAX,
  type LocalPresence,
  type Present,
  stronger,
} from "./state.ts";

/** How often a change is told to other streamers, and to the readers, at most; and so for a crowd. */
const TELL_MS = 250;
const SHOW_MS = 1_000;
const CROWD_MS = 5_000;
/** Everything is told again after so long at least, and a third longer at most: messages get lost. */
const REPEAT_MS = 15_000;
/** What another streamer has not told again for so long is over. */
const FORGET_MS = 45_000;

/** What groups share. */
export interface GroupContext {
  /** Names this streamer. */
  readonly from: string;
  now(): number;
  random(): number;
  /** Has `group` called at about `atMs`. */
  schedule(group: Timed, atMs: number): void;
  /** Tells the other streamers. */
  tell(groupId: string, presence: LocalPresence): void;
}

/** The group as its feed knows it. */
export interface PresenceFeed {
  readonly groupId: string;
  readonly isReady: boolean;
  readonly view: { refusal(userId: string): unknown };
}

/** What a connection has of the presence in a group. */
export interface Seat {
  /** What the reader has not been told yet. */
  next(wire: Wire): Buffer | undefined;
  /** Notes what the reader does. */
  say(doing: Doing): void;
  leave(): void;
}

export interface SeatOptions {
  /** Called when there is something to tell. */
  readonly changed: () => void;
  /** Whether the reader cannot say itself what it does, so that its user is asked elsewhere. */
  readonly isSilent: boolean;
}

interface Taken extends SeatOptions {
  readonly userId: string;
  doing: Doing;
  /** The version that the reader was told last; 0 for none. */
  seen: number;
}

interface Other {
  readonly presence: LocalPresence;
  readonly heardAtMs: number;
}

export class PresenceGroup implements Timed {
  readonly groupId: string;
  readonly #feed: PresenceFeed;
  readonly #context: GroupContext;
  readonly #seats = new Map<string, Set<Taken>>();
  readonly #others = new Map<string, Other>();
  #version = 0;
  /** What is told of it now: to who knows nothing yet, and to who has seen the version before. */
  #full = new SharedFrame("");
  #change = new SharedFrame("");
  #tellAtMs = Infinity;
  #toldAtMs = -Infinity;
  #toldCount = 0;
  #showAtMs = Infinity;
  #shownAtMs = -Infinity;
  #repeatAtMs: number;

  constructor(feed: PresenceFeed, context: GroupContext) {
    this.groupId = feed.groupId;
    this.#feed = feed;
    this.#context = context;
    this.#repeatAtMs = this.#nextRepeatMs();
  }

  /** Whether nobody of this streamer is present. */
  get isEmpty(): boolean {
    return this.#seats.size === 0;
  }

  /** Takes in a reader who looks at the group. */
  seat(userId: string, options: SeatOptions): Seat {
    const taken: Taken = { ...options, userId, doing: { state: "viewing" }, seen: 0 };
    const its = this.#seats.get(userId);
    if (its) its.add(taken);
    else this.#seats.set(userId, new Set([taken]));
    this.#changedHere();
    return {
      next: (wire) => this.#next(taken, wire),
      say: (doing) => this.#say(taken, doing),
      leave: () => this.#leave(taken),
    };
  }

  /** Notes what a user does whose readers cannot say it themselves. */
  told(userId: string, doing: Doing): void {
    for (const taken of this.#seats.get(userId) ?? []) {
      if (taken.isSilent) this.#say(taken, doing);
    }
  }

  /** Takes in what another streamer says; whoever is new here is told what we know. */
  heard(presence: LocalPresence): void {
    const known = this.#others.has(presence.from);
    if (presence.count === 0) this.#others.delete(presence.from);
    else this.#others.set(presence.from, { presence, heardAtMs: this.#context.now() });
    if (!known && presence.count > 0) this.repeat();
    this.#changed();
  }

  /** Forgets a streamer that is gone. */
  forget(from: string): void {
    if (this.#others.delete(from)) this.#changed();
  }

  /** Tells the other streamers everything again, soon. */
  repeat(): void {
    this.#tellSoon();
  }

  due(nowMs: number): number | undefined {
    if (nowMs >= Math.min(this.#tellAtMs, this.#repeatAtMs)) this.#tell(nowMs);
    if (nowMs >= this.#showAtMs) this.#show(nowMs);
    return this.isEmpty ? undefined : this.#nextDueMs();
  }

  #leave(taken: Taken): void {
    const its = this.#seats.get(taken.userId);
    if (!its?.delete(taken)) return;
    if (its.size === 0) this.#seats.delete(taken.userId);
    // Nobody comes back to a group that has been let go of, so the others hear of it now.
    if (this.isEmpty) this.#tell(this.#context.now());
    else this.#changedHere();
  }

  #say(taken: Taken, { state, todo_id }: Doing): void {
    const before = taken.doing;
    if (before.state === state && before.todo_id === todo_id) return;
    taken.doing = { state, ...(todo_id === undefined ? {} : { todo_id }) };
    this.#changedHere();
  }

  #next(taken: Taken, wire: Wire): Buffer | undefined {
    if (taken.seen === this.#version) return undefined;
    const frame = taken.seen === 0 ? this.#full : this.#change;
    taken.seen = this.#version;
    return frame.on(wire);
  }

  #changedHere(): void {
    this.#tellSoon();
    this.#changed();
  }

  #tellSoon(): void {
    if (this.#tellAtMs !== Infinity) return;
    const everyMs = this.#seats.size > LISTED_MAX ? CROWD_MS : TELL_MS;
    this.#tellAtMs = Math.max(this.#context.now(), this.#toldAtMs + everyMs);
    this.#context.schedule(this, this.#tellAtMs);
  }

  #changed(): void {
    if (this.#showAtMs !== Infinity) return;
    const everyMs = this.#count() > LISTED_MAX ? CROWD_MS : SHOW_MS;
    this.#showAtMs = Math.max(this.#context.now(), this.#shownAtMs + everyMs);
    this.#context.schedule(this, this.#showAtMs);
  }

  #tell(nowMs: number): void {
    this.#tellAtMs = Infinity;
    this.#toldAtMs = nowMs;
    this.#repeatAtMs = this.#nextRepeatMs();
    for (const [from, { heardAtMs }] of this.#others) {
      if (heardAtMs < nowMs - FORGET_MS) this.forget(from);
    }
    const count = this.#seats.size;
    if (count === 0 && this.#toldCount === 0) return;
    this.#toldCount = count;
    const users = ranked(this.#here());
    this.#context.tell(this.groupId, { from: this.#context.from, count, users });
  }

  #show(nowMs: number): void {
    this.#showAtMs = Infinity;
    this.#shownAtMs = nowMs;
    // While the group is read anew nobody knows who its members are.
    if (!this.#feed.isReady) return this.#changed();
    const listed = ranked(this.#everybody())
      .filter(({ user_id }) => this.#feed.view.refusal(user_id) === undefined);
    const count = Math.max(this.#count(), listed.length);
    const group = { group_id: this.groupId, count };
    const full = JSON.stringify({ ...group, users: listed });
    const change = count > LISTED_MAX ? JSON.stringify(group) : full;
    if (full !== this.#full.json) this.#full = new SharedFrame(full);
    if (change !== this.#change.json) {
      this.#change = count > LISTED_MAX ? new SharedFrame(change) : this.#full;
      this.#version++;
    }
    for (const seats of this.#seats.values()) {
      for (const each of seats) if (each.seen !== this.#version) each.changed();
    }
  }

  /** How many are present: exact while all are listed, else people at two streamers may count twice. */
  #count(): number {
    let elsewhere = 0;
    for (const { presence: { count, users } } of this.#others.values()) {
      elsewhere += Math.max(0, count - users.length);
      for (const { user_id } of users) if (!this.#seats.has(user_id)) elsewhere++;
    }
    return this.#seats.size + elsewhere;
  }

  *#here(): Generator<Present> {
    for (const [user_id, seats] of this.#seats) {
      let doing: Doing = { state: "viewing" };
      for (const each of seats) doing = stronger(doing, each.doing);
      yield { user_id, ...doing };
    }
  }

  #everybody(): Iterable<Present> {
    const all = new Map<string, Present>();
    const add = (one: Present) => {
      const known = all.get(one.user_id);
      all.set(one.user_id, known ? stronger(known, one) : one);
    };
    for (const one of this.#here()) add(one);
    for (const { presence } of this.#others.values()) presence.users.forEach(add);
    return all.values();
  }

  #nextDueMs(): number {
    return Math.min(this.#tellAtMs, this.#showAtMs, this.#repeatAtMs);
  }

  #nextRepeatMs(): number {
    return this.#context.now() + REPEAT_MS * (1 + this.#context.random() / 3);
  }
}

/** One text that is encoded once for each wire. */
class SharedFrame {
  readonly json: string;
  readonly #frames = new Map<Wire, Buffer>();

  constructor(json: string) {
    this.json = json;
  }

  on(wire: Wire): Buffer {
    const known = this.#frames.get(wire);
    if (known) return known;
    const frame = wire.presence(this.json);
    this.#frames.set(wire, frame);
    return frame;
  }
}

/** The first of `people` as they are listed. */
function ranked(people: Iterable<Present>): Present[] {
  return [...people].sort(byRank).slice(0, LISTED_MAX);
}
