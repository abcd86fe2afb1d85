/**
 * Who is present in one group: the seats of this streamer and what other streamers say of theirs, merged,
 * each person once. Tells changes at most so often, to the others and to the seats; a crowd is told as a
 * number. What the streamers of one group tell each other is bounded, however many they and their people
 * are: in number by PACE_MS, in size by listing only who can be shown. Knows nothing of NATS or of timers.
 */
import type { Buffer } from "node:buffer";
import type { Timed } from "../wheel.ts";
import type { Wire } from "../wire.ts";
import { Others } from "./_others.ts";
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
/** Each streamer waits so long for each one of the group: together they tell 40 times a second at most. */
const PACE_MS = 25;
/** So many times a streamer may pass on at once what people say of themselves; then at that pace, too. */
const SAY_AT_ONCE = 8;
/** Everything is told again after so long at least, and a third longer at most: messages get lost. */
const REPEAT_MS = 15_000;
/** What another streamer has not told again for so long, or for so many turns, is over. */
const FORGET_MS = 45_000;
const FORGET_TURNS = 3;

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
  /** Told when a group has nobody left, and the others know. */
  over(group: PresenceGroup): void;
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

export class PresenceGroup implements Timed {
  readonly groupId: string;
  #feed: PresenceFeed;
  readonly #context: GroupContext;
  readonly #seats = new Map<string, Set<Taken>>();
  readonly #others = new Others();
  #version = 0;
  /** What is told of it now: to who knows nothing yet, and to who has seen the version before. */
  #full = new SharedFrame("");
  #change = new SharedFrame("");
  #tellAtMs = Infinity;
  #toldAtMs = -Infinity;
  /** From 0 to below 1, another one after each time. */
  #phase = 0;
  #toldCount = 0;
  /** How many of those were listed. */
  #toldListed = 0;
  /** Up to when the turns to pass on what is said are used up. */
  #saidUntilMs = -Infinity;
  #showAtMs = Infinity;
  #shownAtMs = -Infinity;
  #repeatAtMs: number;

  constructor(feed: PresenceFeed, context: GroupContext) {
    this.groupId = feed.groupId;
    this.#feed = feed;
    this.#context = context;
    this.#repeatAtMs = this.#nextRepeatMs();
  }

  /** Whether nobody of this streamer is present, and no other streamer thinks so. */
  get isOver(): boolean {
    return this.#isEmpty && this.#toldCount === 0;
  }

  /** Takes in a reader who looks at the group by `feed`, which may have been made anew. */
  seat(feed: PresenceFeed, userId: string, options: SeatOptions): Seat {
    this.#feed = feed;
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

  /** Notes what a user does whose readers cannot say it themselves; whether there are such readers here. */
  told(userId: string, doing: Doing): boolean {
    const silent = [...this.#seats.get(userId) ?? []].filter(({ isSilent }) => isSilent);
    for (const taken of silent) this.#say(taken, doing);
    return silent.length > 0;
  }

  /** Whether it is known here that the user is no member. */
  isStranger(userId: string): boolean {
    return this.#feed.isReady && this.#feed.view.refusal(userId) !== undefined;
  }

  /** Takes a turn to pass on what somebody says; `false` when there is none for a while. */
  takeTurnToSay(): boolean {
    const everyMs = (this.#others.size + 1) * PACE_MS;
    const nowMs = this.#context.now();
    const fromMs = Math.max(nowMs, this.#saidUntilMs);
    if (fromMs > nowMs + (SAY_AT_ONCE - 1) * everyMs) return false;
    this.#saidUntilMs = fromMs + everyMs;
    return true;
  }

  /** Takes in what another streamer says; whoever is new here is told what we know. */
  heard(presence: LocalPresence): void {
    if (this.#others.hear(presence, this.#context.now())) this.repeat();
    this.#changed();
  }

  /** Forgets a streamer that is gone. */
  forget(from: string): void {
    if (this.#others.forget(from)) this.#changed();
  }

  /** Tells the other streamers everything again, soon, but not all of them in the same moment. */
  repeat(): void {
    this.#tellSoon(this.#turnMs * this.#context.random());
  }

  /** Tells the other streamers that nobody is here any more: this one ends. */
  close(): void {
    this.#seats.clear();
    if (this.#toldCount > 0) this.#tell(this.#context.now());
  }

  due(nowMs: number): number | undefined {
    if (nowMs >= Math.min(this.#tellAtMs, this.#repeatAtMs)) this.#tellInTurn(nowMs);
    if (this.isOver) {
      this.#context.over(this);
      return undefined;
    }
    if (nowMs >= this.#showAtMs) this.#show(nowMs);
    return this.#nextDueMs();
  }

  get #isEmpty(): boolean {
    return this.#seats.size === 0;
  }

  /** Whether there are more people in the whole group than are listed. */
  get #isCrowd(): boolean {
    return this.#seats.size + this.#others.claimed > LISTED_MAX;
  }

  /** How long this streamer waits at least between two times at which it tells the others. */
  get #turnMs(): number {
    return Math.max(this.#isCrowd ? CROWD_MS : TELL_MS, (this.#others.size + 1) * PACE_MS);
  }

  /** When it may tell them next: where many do, not in step with them. */
  get #turnAtMs(): number {
    const turnMs = this.#turnMs;
    return this.#toldAtMs + turnMs * (turnMs > TELL_MS ? 1 + this.#phase / 2 : 1);
  }

  #leave(taken: Taken): void {
    const its = this.#seats.get(taken.userId);
    if (!its?.delete(taken)) return;
    if (its.size === 0) this.#seats.delete(taken.userId);
    const nowMs = this.#context.now();
    // Nobody may come back to the group, so the others hear of it now, if it is this streamer's turn.
    if (this.#isEmpty && nowMs >= this.#turnAtMs) this.#tell(nowMs);
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

  #tellSoon(delayMs = 0): void {
    const atMs = Math.max(this.#context.now(), this.#turnAtMs) + delayMs;
    if (atMs >= this.#tellAtMs) return;
    this.#tellAtMs = atMs;
    this.#context.schedule(this, atMs);
  }

  #changed(): void {
    // Who was too many to be listed is not any more.
    if (this.#toldListed < this.#toldCount && !this.#isCrowd) this.#tellSoon();
    if (this.#showAtMs !== Infinity) return;
    this.#showAtMs = Math.max(
      this.#context.now(),
      this.#shownAtMs + (this.#isCrowd ? CROWD_MS : SHOW_MS),
    );
    this.#context.schedule(this, this.#showAtMs);
  }

  /** Tells, or waits on where the group has grown meanwhile. */
  #tellInTurn(nowMs: number): void {
    const turnAtMs = this.#turnAtMs;
    if (nowMs >= turnAtMs) return this.#tell(nowMs);
    this.#tellAtMs = turnAtMs;
    this.#repeatAtMs = Math.max(this.#repeatAtMs, turnAtMs);
  }

  #tell(nowMs: number): void {
    this.#tellAtMs = Infinity;
    this.#toldAtMs = nowMs;
    this.#phase = this.#context.random();
    this.#repeatAtMs = this.#nextRepeatMs();
    const forgetMs = Math.max(FORGET_MS, FORGET_TURNS * this.#turnMs);
    if (this.#others.forgetSilentSince(nowMs - forgetMs)) this.#changed();
    const count = this.#seats.size;
    if (count === 0 && this.#toldCount === 0) return;
    const users = this.#listedHere();
    this.#toldCount = count;
    this.#toldListed = users.length;
    this.#context.tell(this.groupId, { from: this.#context.from, count, users });
  }

  /** Those of this streamer who are listed: of a crowd who is among the first of all. */
  #listedHere(): Present[] {
    const here = ranked(this.#here());
    if (!this.#isCrowd) return here;
    const first = new Set(ranked(this.#everybody()).map(({ user_id }) => user_id));
    return here.filter(({ user_id }) => first.has(user_id));
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
    return this.#seats.size + this.#others.countBeside(this.#seats);
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
    for (const one of this.#others.people()) add(one);
    return all.values();
  }

  #nextDueMs(): number {
    return Math.min(this.#tellAtMs, this.#showAtMs, this.#repeatAtMs);
  }

  #nextRepeatMs(): number {
    const everyMs = Math.max(REPEAT_MS, this.#turnMs);
    return this.#context.now() + everyMs * (1 + this.#context.random() / 3);
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
