/** What happened in a run: the last lines for a reader, a hash over all of them to compare runs. */

const KEPT = 400;

export class Trace {
  readonly #lines: string[] = [];
  #hash = 0x811c9dc5;
  /** Lines written. */
  count = 0;

  /** Adds one line: when, who, what. */
  add(nowMs: number, who: string, what: string): void {
    const line = `${nowMs.toFixed(3).padStart(11)}  ${who.padEnd(12)} ${what}`;
    for (let i = 0; i < line.length; i++) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    }
    this.count++;
    this.#lines.push(line);
    if (this.#lines.length > 2 * KEPT) this.#lines.splice(0, KEPT);
  }

  /** FNV-1a over every line so far, hex. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** The newest `count` lines, oldest first; no more than are kept. */
  last(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }
}
