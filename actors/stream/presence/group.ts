/**
 * Who is present in one group: the seats of this streamer and what other streamers say of theirs, merged,
 * each person once. Tells changes at most so often, to the others and to the seats; a crowd is told as a
 * number. What the streamers of one group tell each other is bounded, however many they and their people
 * are: in number by the pace of their turns, in size by listing only who can be shown. Knows nothing of NATS
 * or of timers.
 */
import type { Buffer } from "node:buffer";
import type { Timed } from "../wheel.ts";
import type { Wire } from "../wire.ts";
import { Others } from "./_others.ts";
import { SharedFrame } from "./_shared_frame.ts";
import { Turns } from "./_turns.ts";
import {
  byRank,
  type Doing,
  LISTED_MAX,
  type LocalPresence,
  type Present,
  stronger,
} from "./state.ts";

/** How often a change is told to the readers, at most; and so for a crowd. */
const SHOW_MS = 1_000;
const CROWD_MS = 5_000;

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
  readonly #turns: Turns;
  #version = 0;
  /** What is told of it now: to who knows nothing yet, and to who has seen the version before. */
  #full = new SharedFrame("");
  #change = new SharedFrame("");
  #toldCount = 0;
  /** How many of those were listed. */
  #toldListed = 0;
  #showAtMs = Infinity;
  #shownAtMs = -Infinity;

  constructor(feed: PresenceFeed, context: GroupContext) {
    this.groupId = feed.groupId;
    this.#feed = feed;
    this.#context = context;
    this.#turns = new Turns({
      now: () => context.now(),
      random: () => context.random(),
      company: () => ({ streamers: this.#others.size + 1, isCrowd: this.#isCrowd }),
    });
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
    return this.#turns.takeToSay();
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
    if (this.#turns.askToRepeat()) this.#scheduleTurn();
  }

  /** Tells the other streamers that nobody is here any more: this one ends. */
  close(): void {
    this.#seats.clear();
    if (this.#toldCount > 0) this.#tell(this.#context.now());
  }

  due(nowMs: number): number | undefined {
    if (nowMs >= this.#turns.dueAtMs) this.#tellInTurn(nowMs);
    if (this.isOver) {
      this.#context.over(this);
      return undefined;
    }
    if (nowMs >= this.#showAtMs) this.#show(nowMs);
    return Math.min(this.#turns.dueAtMs, this.#showAtMs);
  }

  get #isEmpty(): boolean {
    return this.#seats.size === 0;
  }

  /** Whether there are more people in the whole group than are listed. */
  get #isCrowd(): boolean {
    return this.#seats.size + this.#others.claimed > LISTED_MAX;
  }

  #leave(taken: Taken): void {
    const its = this.#seats.get(taken.userId);
    if (!its?.delete(taken)) return;
    if (its.size === 0) this.#seats.delete(taken.userId);
    const nowMs = this.#context.now();
    // Nobody may come back to the group, so the others hear of it now, if it is this streamer's turn.
    if (this.#isEmpty && this.#turns.isMine(nowMs)) this.#tell(nowMs);
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
    if (this.#turns.ask()) this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    this.#context.schedule(this, this.#turns.dueAtMs);
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
    if (this.#turns.isMine(nowMs)) this.#tell(nowMs);
    else this.#turns.postpone();
  }

  #tell(nowMs: number): void {
    this.#turns.taken(nowMs);
    if (this.#others.forgetSilentSince(nowMs - this.#turns.patienceMs)) this.#changed();
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
}

/** The first of `people` as they are listed. */
function ranked(people: Iterable<Present>): Present[] {
  return [...people].sort(byRank).slice(0, LISTED_MAX);
}
