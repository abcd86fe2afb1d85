/**
 * What goes wrong in a run, drawn from its seed: how often messages are late or lost, and where in its
 * work a process crashes or stands still. Nothing goes wrong any more once the world is healed.
 */
import type { Random } from "./random.ts";

/** Probabilities of a run; each is rolled at every occasion. */
export interface FaultRates {
  /** A message between a process and the broker is lost. */
  readonly loss: number;
  /** It takes up to 200 ms, or up to 4 s. */
  readonly slow: number;
  readonly verySlow: number;
  /** The broker refuses a request with an error. */
  readonly refusal: number;
  /** The leader forgets a proposal that its followers have not confirmed. */
  readonly forget: number;
  /** The republished feed drops a message, or sends it twice. */
  readonly feedLoss: number;
  readonly feedTwin: number;
  /** A process crashes, or is paused, at a point of its work. */
  readonly crash: number;
  readonly pause: number;
  /** A reader's connection is cut, or it stops reading for a while, at each look at it. */
  readonly cut: number;
  readonly stall: number;
}

/** A crash or pause at one chosen point of one kind of process. */
export interface Strike {
  readonly kind: "crash" | "pause";
  readonly point: string;
  /** How many times the point is passed before. */
  passes: number;
}

export const POINTS = [
  "take",
  "append:before",
  "append:done",
  "append:back",
  "reply",
  "last:before",
  "last:back",
  "read:before",
  "read:back",
  "timer:before",
  "timer:done",
  "timer:back",
  "cursor-read:back",
  "cursor-save:before",
  "cursor-save:done",
  "cursor-save:back",
] as const;

export class Faults {
  readonly #random: Random;
  readonly #chosen: FaultRates;
  readonly #strikes: Strike[];
  #healed = false;
  /** How often each point was struck. */
  readonly struck = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
    const intensity = random.pick([0, 0.3, 1, 1, 2]);
    const rate = (highest: number) => random.chance(0.4) ? 0 : random.next() * highest * intensity;
    this.#chosen = {
      loss: rate(0.06),
      slow: rate(0.2),
      verySlow: rate(0.02),
      refusal: rate(0.06),
      forget: rate(0.1),
      feedLoss: rate(0.3),
      feedTwin: rate(0.2),
      crash: rate(0.006),
      pause: rate(0.006),
      cut: rate(0.1),
      stall: rate(0.1),
    };
    this.#strikes = Array.from({ length: random.int(4) }, () => ({
      kind: random.chance(0.7) ? "crash" : "pause",
      point: random.pick(POINTS),
      passes: random.int(12),
    }));
  }

  /** The rates that hold now: none once the world is healed. */
  get rates(): FaultRates {
    return this.#healed ? NOTHING : this.#chosen;
  }

  get isHealed(): boolean {
    return this.#healed;
  }

  heal(): void {
    this.#healed = true;
  }

  /** What happens to a process that reaches `point`; pauses last from a moment to longer than a lease. */
  at(
    point: string,
  ): { readonly kind: "crash" } | { readonly kind: "pause"; readonly ms: number } | undefined {
    if (this.#healed) return undefined;
    const kind = this.#planned(point) ?? this.#byChance();
    if (!kind) return undefined;
    const name = `${point} ${kind}`;
    this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
    return kind === "crash" ? { kind } : {
      kind,
      ms: this.#random.chance(0.5)
        ? this.#random.between(1, 200)
        : this.#random.between(500, 6_000),
    };
  }

  #planned(point: string): Strike["kind"] | undefined {
    const index = this.#strikes.findIndex((strike) =>
      strike.point === point && strike.passes-- === 0
    );
    return index < 0 ? undefined : this.#strikes.splice(index, 1)[0]?.kind;
  }

  #byChance(): Strike["kind"] | undefined {
    const roll = this.#random.next();
    if (roll < this.#chosen.crash) return "crash";
    return roll < this.#chosen.crash + this.#chosen.pause ? "pause" : undefined;
  }
}

const NOTHING: FaultRates = {
  loss: 0,
  slow: 0,
  verySlow: 0,
  refusal: 0,
  forget: 0,
  feedLoss: 0,
  feedTwin: 0,
  crash: 0,
  pause: 0,
  cut: 0,
  stall: 0,
};
