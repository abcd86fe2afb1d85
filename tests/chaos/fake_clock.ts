/** A wall clock that a process has for itself and that can jump; its monotonic clock goes on as ever. */
import { fakeTimeLibrary } from "../../dev/mod.ts";

export class FakeClock implements AsyncDisposable {
  /** What a process needs in its environment to live by the clock. */
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;
  #offsetSeconds = 0;
  #farthestSeconds = -Infinity;

  private constructor(library: string, file: string) {
    this.#file = file;
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** A clock that has not been set yet: to be done before a process starts. */
  static async create(): Promise<FakeClock> {
    const library = await fakeTimeLibrary();
    const clock = new FakeClock(library, await Deno.makeTempFile({ prefix: "todo1m-clock-" }));
    return clock;
  }

  /** How far ahead of the real time it is. */
  get offsetSeconds(): number {
    return this.#offsetSeconds;
  }

  /** The farthest that it ever was ahead. */
  get farthestSeconds(): number {
    return this.#farthestSeconds;
  }

  /** Sets the clock `offsetSeconds` ahead of the real time, or behind it. */
  async jump(offsetSeconds: number): Promise<void> {
    this.#offsetSeconds = offsetSeconds;
    this.#farthestSeconds = Math.max(this.#farthestSeconds, offsetSeconds);
    // In one step: a clock that is read meanwhile must not find half a line.
    const next = `${this.#file}.next`;
    await Deno.writeTextFile(next, `${offsetSeconds < 0 ? "" : "+"}${offsetSeconds}s\n`);
    await Deno.rename(next, this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#file);
  }
}
