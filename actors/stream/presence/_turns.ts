/**
 * When a streamer tells the others of one group: soon after a change, but all streamers of the group together at a
 * bounded pace, and everything again now and then, because messages get lost. Knows nothing of what is told.
 */

/** How often a change is told to other streamers at most; and so for a crowd. */
const TELL_MS = 250;
const CROWD_MS = 5_000;
/** Each streamer waits so long for each one of the group: together they tell 40 times a second at most. */
const PACE_MS = 25;
/** So many times a streamer may pass on at once what people say of themselves; then at that pace, too. */
const SAY_AT_ONCE = 8;
/** Everything is told again after so long at least, and a third longer at most. */
const REPEAT_MS = 15_000;
/** What another streamer has not told again for so long, or for so many turns, is over. */
const FORGET_MS = 45_000;
const FORGET_TURNS = 3;

/** What the pace depends on. */
export interface Company {
  /** How many streamers have somebody in the group, this one included. */
  readonly streamers: number;
  /** Whether there are more people in the whole group than are listed. */
  readonly isCrowd: boolean;
}

export interface TurnsOptions {
  now(): number;
  random(): number;
  /** How it is at this moment. */
  company(): Company;
}

export class Turns {
  readonly #options: TurnsOptions;
  #tellAtMs = Infinity;
  #toldAtMs = -Infinity;
  /** From 0 to below 1, another one after each time. */
  #phase = 0;
  #repeatAtMs: number;
  /** Up to when the turns to pass on what is said are used up. */
  #saidUntilMs = -Infinity;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#repeatAtMs = this.#nextRepeatMs();
  }

  /** When something is to be told at the latest. */
  get dueAtMs(): number {
    return Math.min(this.#tellAtMs, this.#repeatAtMs);
  }

  /** How long another streamer may be silent before what it told is over. */
  get patienceMs(): number {
    return Math.max(FORGET_MS, FORGET_TURNS * this.#turnMs);
  }

  /** Whether it may tell at once. */
  isMine(nowMs: number): boolean {
    return nowMs >= this.#turnAtMs;
  }

  /** Sets when to tell, unless that is earlier already: at the next turn, and `delayMs` later; whether it did. */
  ask(delayMs = 0): boolean {
    const atMs = Math.max(this.#options.now(), this.#turnAtMs) + delayMs;
    if (atMs >= this.#tellAtMs) return false;
    this.#tellAtMs = atMs;
    return true;
  }

  /** The same for everything again: not all streamers in the same moment. */
  askToRepeat(): boolean {
    return this.ask(this.#turnMs * this.#options.random());
  }

  /** Waits on where the group has grown since the turn was set. */
  postpone(): void {
    this.#tellAtMs = this.#turnAtMs;
    this.#repeatAtMs = Math.max(this.#repeatAtMs, this.#tellAtMs);
  }

  /** The others are told. */
  taken(nowMs: number): void {
    this.#tellAtMs = Infinity;
    this.#toldAtMs = nowMs;
    this.#phase = this.#options.random();
    this.#repeatAtMs = this.#nextRepeatMs();
  }

  /** Takes a turn to pass on what somebody says; `false` when there is none for a while. */
  takeToSay(): boolean {
    const everyMs = this.#options.company().streamers * PACE_MS;
    const nowMs = this.#options.now();
    const fromMs = Math.max(nowMs, this.#saidUntilMs);
    if (fromMs > nowMs + (SAY_AT_ONCE - 1) * everyMs) return false;
    this.#saidUntilMs = fromMs + everyMs;
    return true;
  }

  /** How long this streamer waits at least between two times. */
  get #turnMs(): number {
    const { streamers, isCrowd } = this.#options.company();
    return Math.max(isCrowd ? CROWD_MS : TELL_MS, streamers * PACE_MS);
  }

  /** When it may tell next: where many do, not in step with them. */
  get #turnAtMs(): number {
    const turnMs = this.#turnMs;
    return this.#toldAtMs + turnMs * (turnMs > TELL_MS ? 1 + this.#phase / 2 : 1);
  }

  #nextRepeatMs(): number {
    const everyMs = Math.max(REPEAT_MS, this.#turnMs);
    return this.#options.now() + everyMs * (1 + this.#options.random() / 3);
  }
}
