/**
 * An estimate of the memory that an actor holds. What its kind can count is exact at any moment; the length
 * of the texts is measured now and then and grows in between by what commits add, so that keeping the
 * estimate costs a command the same for any size of state.
 */
import type { Footprint, Ledger } from "../../kind/mod.ts";
import type { Confirmed } from "./confirmed.ts";

/** What things take, in bytes; `deno task bench:actors` compares with reality. */
const EACH_ACTOR = 4_500;
const EACH_LEDGER_ENTRY = 430;
const EACH_INDEXED_COMMIT = 16;
/** The part of an event's JSON that does not stay in the state. */
const EVENT_ENVELOPE = 600;
/** Commits between two measurements, on top of one for each part. */
const MEASURE_EVERY = 64;

/** What is asked of the actor's kind. */
interface Measured<State> {
  readonly footprint: Footprint<State>;
  readonly ledger: (state: State) => Ledger;
}

export class ActorBytes<State> {
  readonly #kind: Measured<State>;
  #value = EACH_ACTOR;
  #textBytes = 0;
  #version = 0;
  #measureAt = 0;

  constructor(kind: Measured<State>) {
    this.#kind = kind;
  }

  /** Estimated bytes. */
  get value(): number {
    return this.#value;
  }

  /** The actor holds `confirmed`, which it has loaded. */
  load(confirmed: Confirmed<State>): void {
    this.#measureAt = 0;
    this.move(confirmed, 0);
  }

  /** The actor has moved on to `confirmed` by a commit of `commitBytes`. */
  move({ state, version, index }: Confirmed<State>, commitBytes: number): void {
    const { footprint, ledger } = this.#kind;
    if (version >= this.#measureAt) {
      this.#textBytes = footprint.texts(state);
      this.#measureAt = version + MEASURE_EVERY + footprint.parts(state);
    } else {
      const envelopes = EVENT_ENVELOPE * (version - this.#version);
      this.#textBytes += Math.max(0, commitBytes - envelopes);
    }
    this.#version = version;
    this.#value = EACH_ACTOR + this.#textBytes + footprint.structure(state) +
      EACH_INDEXED_COMMIT * index.size + EACH_LEDGER_ENTRY * ledger(state).entries.size;
  }
}
