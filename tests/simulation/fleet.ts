/** Processes of one kind: as many as wanted, each started again some time after it has crashed. */
import type { Environment } from "./environment.ts";
import type { Process } from "./process.ts";

/** Anything that runs in a process of its own. */
export interface Running {
  readonly process: Process;
}

export class Fleet<T extends Running> {
  readonly #environment: Environment;
  readonly #prefix: string;
  readonly #make: (name: string, onCrash: () => void) => T;
  readonly #running = new Map<number, T>();
  #started = 0;

  /** @param make starts one under a name that none had before */
  constructor(
    environment: Environment,
    prefix: string,
    make: (name: string, onCrash: () => void) => T,
  ) {
    this.#environment = environment;
    this.#prefix = prefix;
    this.#make = make;
  }

  /** Those that run, in the order of their places. */
  get members(): readonly T[] {
    return [...this.#running.entries()].sort(([a], [b]) => a - b).map(([, member]) => member);
  }

  /** Fills the places 0 to `count` - 1. */
  start(count: number): void {
    for (let place = 0; place < count; place++) {
      if (!this.#running.has(place)) this.#startAt(place);
    }
  }

  #startAt(place: number): void {
    const { clock, random } = this.#environment;
    this.#running.set(
      place,
      this.#make(`${this.#prefix}${++this.#started}`, () => {
        this.#running.delete(place);
        clock.after(random.between(50, 2_500), () => this.#startAt(place));
      }),
    );
  }
}
