/**
 * A simulated process: it can crash (nothing it waits for ever comes back) and be paused (it comes back
 * all at once, later, when others have taken its place). Every call to the broker passes the points at
 * which faults strike: before it is sent, once it is done there, and when its answer is back.
 */
import type { Environment } from "./environment.ts";

/** A call to something outside the process. */
export interface Call<T> {
  /** What it is called in points and in the trace. */
  readonly name: string;
  /** What is done at the far end; may be done later than the caller waits for. */
  readonly perform: (answer: (result: T) => void) => void;
  readonly timeoutMs: number;
  /** The result when no answer came in time. */
  readonly lost: () => T;
}

export class Process {
  readonly name: string;
  readonly #environment: Environment;
  #alive = true;
  #paused = false;
  /** Cut off from the broker: nothing gets through either way. */
  isCut = false;
  readonly #waiting: (() => void)[] = [];
  readonly #onCrash: () => void;

  /** @param onCrash called once, when the process is no more */
  constructor(name: string, environment: Environment, onCrash: () => void) {
    this.name = name;
    this.#environment = environment;
    this.#onCrash = onCrash;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Runs `action` in the process: later if it is paused, never if it has crashed. */
  enter(action: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#waiting.push(action);
    else action();
  }

  after(ms: number, action: () => void): void {
    this.#environment.clock.after(ms, () => this.enter(action));
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs `task` every so often, one after the other, for as long as the process lives. */
  async every(ms: number, task: () => Promise<void>): Promise<void> {
    while (this.#alive) {
      await this.sleep(ms);
      await task();
    }
  }

  crash(why: string): void {
    if (!this.#alive) return;
    this.#environment.note(this.name, `crashes ${why}`);
    this.#alive = false;
    this.#waiting.length = 0;
    this.#onCrash();
  }

  pause(ms: number, why: string): void {
    if (!this.#alive || this.#paused) return;
    this.#environment.note(this.name, `stands still for ${ms.toFixed(0)} ms ${why}`);
    this.#paused = true;
    this.#environment.clock.after(ms, () => this.#resume());
  }

  /** A place in the work where a fault may strike; false when the process is no more. */
  reach(point: string): boolean {
    const strike = this.#environment.faults.at(point);
    if (strike?.kind === "crash") this.crash(`at ${point}`);
    if (strike?.kind === "pause") this.pause(strike.ms, `at ${point}`);
    return this.#alive;
  }

  /** The same for code that waits: goes on when the process does, never when it is no more. */
  at(point: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.reach(point)) this.enter(resolve);
    });
  }

  /** Calls something outside; never comes back when the process crashes meanwhile. */
  call<T>(call: Call<T>): Promise<T> {
    const { name, perform, timeoutMs, lost } = call;
    const { clock } = this.#environment;
    return new Promise((resolve) => {
      let isOver = false;
      const end = (result: () => T, point: string) => {
        if (isOver || !this.reach(`${name}:${point}`)) return;
        isOver = true;
        this.enter(() => resolve(result()));
      };
      const send = () => {
        this.after(timeoutMs, () => end(lost, "timeout"));
        const thereMs = this.#travelMs();
        if (thereMs === undefined) return;
        clock.after(thereMs, () =>
          perform((result) => {
            if (!this.reach(`${name}:done`)) return;
            const backMs = this.#travelMs();
            if (backMs !== undefined) this.after(backMs, () => end(() => result, "back"));
          }));
      };
      if (this.reach(`${name}:before`)) this.enter(send);
    });
  }

  #travelMs(): number | undefined {
    return this.isCut ? undefined : this.#environment.travelMs();
  }

  #resume(): void {
    this.#paused = false;
    if (this.#alive && this.#waiting.length > 0) this.#environment.note(this.name, "goes on");
    for (const action of this.#waiting.splice(0)) this.enter(action);
  }
}
