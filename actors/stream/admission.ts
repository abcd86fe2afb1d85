/**
 * Who may begin to open a stream: so many at once, the rest is told to come back. When everybody
 * reconnects at the same time, those who are let in get their streams in a bounded time, instead of all
 * of them waiting for one another until they give up.
 */
import { ProblemError } from "../protocol/mod.ts";

export interface AdmissionOptions {
  /** Most streams that are being opened at the same time. */
  readonly atOnce: number;
  /** Told of everybody who is sent away. */
  readonly onLimited: () => void;
}

export class Admission {
  readonly #options: AdmissionOptions;
  #opening = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** How many streams are being opened. */
  get opening(): number {
    return this.#opening;
  }

  /**
   * Runs `open` when there is room for it.
   *
   * @throws {ProblemError} `unavailable` when too many are being opened; and whatever `open` throws
   */
  async admit(open: () => Promise<void>): Promise<void> {
    const { atOnce, onLimited } = this.#options;
    if (this.#opening >= atOnce) {
      onLimited();
      throw new ProblemError({
        code: "unavailable",
        detail: `Too many streams are being opened: this streamer opens ${atOnce} at once`,
      });
    }
    this.#opening++;
    try {
      await open();
    } finally {
      this.#opening--;
    }
  }
}
