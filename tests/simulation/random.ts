/**
 * Random numbers from one seed: the same seed gives the same run, on every machine. The generator is
 * sfc32 (Chris Doty-Humphrey's "small fast counting"), filled by splitmix32.
 */

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    let state = seed | 0;
    const fill = () => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.#a = fill();
    this.#b = fill();
    this.#c = fill();
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, `below`). */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Uniform in [`low`, `high`). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of `items`. @throws {RangeError} when there is none */
  pick<T>(items: readonly T[]): T {
    const picked = items[this.int(items.length)];
    if (picked === undefined) throw new RangeError("Cannot pick: there is nothing to pick from");
    return picked;
  }

  /** A UUIDv7 of the instant `nowMs`. */
  uuid(nowMs: number): string {
    const hex = (digits: number) => this.int(16 ** digits).toString(16).padStart(digits, "0");
    const time = Math.floor(nowMs).toString(16).padStart(12, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`;
  }
}
