/**
 * Writes lines in bulk: one write for all that came within a moment. For what is written often and read
 * seldom, such as a line per request. Lines that nobody takes are dropped and counted, never waited for.
 */

const AFTER_MS = 100;
const MAX_WAITING_CHARS = 1024 * 1024;
const encoder = new TextEncoder();

export class LineWriter {
  readonly #write: (bytes: Uint8Array) => Promise<unknown>;
  #lines: string[] = [];
  /** Of lines that wait or are being written. */
  #chars = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #dropped = 0;

  /** @param write writes all of the bytes */
  constructor(write: (bytes: Uint8Array) => Promise<unknown>) {
    this.#write = write;
  }

  /** Lines that were dropped, because what was written before them was not taken. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a line, given without its end. */
  add(line: string): void {
    if (this.#chars >= MAX_WAITING_CHARS) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#chars += line.length;
    this.#timer ??= setTimeout(() => void this.flush(), AFTER_MS);
  }

  /** Writes what waits, after what is being written; resolves when it is written, or was given up. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length === 0) return this.#writing;
    return this.#writing = this.#writing.then(async () => {
      const text = `${lines.join("\n")}\n`;
      try {
        await this.#write(encoder.encode(text));
      } catch {
        // There is nowhere to tell: this is where it would be told.
        this.#dropped += lines.length;
      }
      this.#chars -= text.length - lines.length;
    });
  }
}
