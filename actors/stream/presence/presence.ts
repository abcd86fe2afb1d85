/**
 * Presence at this streamer: the groups in which somebody is present, and who of the other streamers
 * lives. One that says nothing for a while is gone, and everybody it had with it. Knows nothing of NATS.
 */
import { ProblemError } from "../../protocol/mod.ts";
import type { Timed, Wheel } from "../wheel.ts";
import {
  type GroupContext,
  type PresenceFeed,
  PresenceGroup,
  type Seat,
  type SeatOptions,
} from "./group.ts";
import type { Doing, LocalPresence } from "./state.ts";

/** How often a streamer says that it lives, and after which silence it is taken for dead. */
const ALIVE_MS = 1_500;
const DEAD_MS = 5_000;

/** How streamers reach each other. What is told may get lost. */
export interface PresenceBus {
  /** Hands what others say of a group to `listener`; the result stops that. */
  follow(groupId: string, listener: GroupListener): () => void;
  /** Hands what others say of themselves to `heard`; the result stops that. */
  followStreamers(heard: (from: string) => void): () => void;
  tell(groupId: string, presence: LocalPresence): void;
  /**
   * Says what a user does, to every streamer at which the user may be present; whether one answers that the
   * user is. None that is asked answers no, so that takes the longest wait.
   *
   * @throws {ProblemError} `unavailable` while the others cannot be reached
   */
  say(groupId: string, userId: string, doing: Doing): Promise<boolean>;
  alive(from: string): void;
}

export interface GroupListener {
  heard(presence: LocalPresence): void;
  /** Whether the user is present here by a stream that cannot say it itself. */
  told(userId: string, doing: Doing): boolean;
}

/** Whoever gives out seats. */
export interface SeatGiver {
  /** A seat of `userId` in the group of `feed`; it must be left. */
  seat(feed: PresenceFeed, userId: string, options: SeatOptions): Seat;
}

export interface PresenceOptions {
  readonly bus: PresenceBus;
  readonly wheel: Wheel;
  readonly clock: { now(): number; random(): number };
  /** Names this streamer; new for each start. */
  readonly from: string;
}

interface Followed {
  readonly group: PresenceGroup;
  readonly stop: () => void;
}

export class Presence implements SeatGiver, Timed, Disposable {
  readonly #options: PresenceOptions;
  readonly #context: GroupContext;
  readonly #groups = new Map<string, Followed>();
  /** When each of the other streamers was last heard. */
  readonly #heardAtMs = new Map<string, number>();
  readonly #stop: () => void;

  constructor(options: PresenceOptions) {
    const { bus, clock, wheel, from } = options;
    this.#options = options;
    this.#context = {
      from,
      now: () => clock.now(),
      random: () => clock.random(),
      schedule: (group, atMs) => wheel.schedule(group, atMs),
      tell: (groupId, presence) => bus.tell(groupId, presence),
      over: (group) => this.#unfollow(group),
    };
    this.#stop = bus.followStreamers((other) => this.#lives(other));
    wheel.schedule(this, clock.now());
  }

  /** In how many groups somebody is present, or was a moment ago. */
  get size(): number {
    return this.#groups.size;
  }

  seat(feed: PresenceFeed, userId: string, options: SeatOptions): Seat {
    const followed = this.#groups.get(feed.groupId) ?? this.#follow(feed);
    const { group } = followed;
    const seat = group.seat(feed, userId, options);
    return {
      ...seat,
      leave: () => {
        seat.leave();
        if (group.isOver) this.#unfollow(group);
      },
    };
  }

  /**
   * Notes what a user does whose streams cannot say it, wherever they are; whether there is one that shows the
   * presence of the group.
   *
   * @throws {ProblemError} `unavailable` when the other streamers cannot be asked; `rate-limited` when more is said
   * in the group than its streamers pass on to each other
   */
  async say(groupId: string, userId: string, doing: Doing): Promise<boolean> {
    const group = this.#groups.get(groupId)?.group;
    // Strangers use up nobody's turns.
    if (group?.isStranger(userId)) return false;
    if (group?.takeTurnToSay() === false) {
      const detail = "Cannot pass it on: too many people say what they do in this group just now";
      throw new ProblemError({ code: "rate-limited", detail });
    }
    return await this.#options.bus.say(groupId, userId, doing);
  }

  /** Tells everything again, after messages may have been lost. */
  repeat(): void {
    for (const { group } of this.#groups.values()) group.repeat();
  }

  due(nowMs: number): number {
    this.#options.bus.alive(this.#context.from);
    for (const [from, heardAtMs] of this.#heardAtMs) {
      if (heardAtMs >= nowMs - DEAD_MS) continue;
      this.#heardAtMs.delete(from);
      for (const { group } of this.#groups.values()) group.forget(from);
    }
    return nowMs + ALIVE_MS;
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#options.wheel.cancel(this);
    for (const { group } of [...this.#groups.values()]) {
      group.close();
      this.#unfollow(group);
    }
  }

  #lives(from: string): void {
    if (from !== this.#context.from) this.#heardAtMs.set(from, this.#context.now());
  }

  #follow(feed: PresenceFeed): Followed {
    const group = new PresenceGroup(feed, this.#context);
    const stop = this.#options.bus.follow(feed.groupId, {
      heard: (presence) => {
        if (presence.from === this.#context.from) return;
        // What it says it says alive; its death is noticed from here on.
        this.#lives(presence.from);
        group.heard(presence);
      },
      told: (userId, doing) => group.told(userId, doing),
    });
    const followed = { group, stop };
    this.#groups.set(feed.groupId, followed);
    return followed;
  }

  #unfollow(group: PresenceGroup): void {
    const followed = this.#groups.get(group.groupId);
    if (followed?.group !== group) return;
    this.#groups.delete(group.groupId);
    this.#options.wheel.cancel(group);
    followed.stop();
  }
}
