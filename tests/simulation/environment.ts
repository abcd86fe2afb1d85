/** What every part of a simulated world shares: clock, chance, faults, trace, and where findings go. */
import { Faults } from "./faults.ts";
import { Random } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { Trace } from "./trace.ts";

/** When the runs take place, milliseconds since the Unix epoch. */
export const EPOCH_MS = Date.UTC(2026, 10, 1);

/** A promise of the platform that did not hold. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

export class Environment {
  readonly random: Random;
  readonly clock: Scheduler;
  readonly faults: Faults;
  readonly trace = new Trace();
  #violation: Violation | undefined;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.clock = new Scheduler(this.random);
    this.faults = new Faults(this.random);
  }

  /** The first promise that was broken; it ends the run. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** Milliseconds since the Unix epoch, whole. */
  get wallMs(): number {
    return Math.floor(EPOCH_MS + this.clock.nowMs);
  }

  note(who: string, what: string): void {
    this.trace.add(this.clock.nowMs, who, what);
  }

  /** Says that `invariant` does not hold. */
  violate(invariant: string, detail: string): void {
    this.note("CHECK", `violated ${invariant}: ${detail}`);
    this.#violation ??= { invariant, detail };
  }

  /** How long a message is under way; `undefined` when it is lost. */
  travelMs(): number | undefined {
    const { loss, slow, verySlow } = this.faults.rates;
    const roll = this.random.next();
    if (roll < loss) return undefined;
    if (roll < loss + verySlow) return this.random.between(200, 4_000);
    if (roll < loss + verySlow + slow) return this.random.between(5, 200);
    return this.random.between(0.1, 2);
  }
}
