/**
 * The pages in front of the sessions: what each knows (its cursor, its token) and when it tries again, by the
 * web client's own rules. Typed arrays throughout.
 */
import { isFresh, reconnectAfter, refreshInMs } from "../../web/timing/mod.ts";
import type { Random } from "../simulation/random.ts";

export class Clients {
  /** Version up to which each session has everything; 0: nothing yet, it starts with a snapshot. */
  readonly versions: Uint32Array;
  readonly sequences: Float64Array;
  /** When the last attempt began. */
  readonly attemptedAtMs: Float64Array;
  readonly #failures: Uint16Array;
  readonly #tokenEndsAtMs: Float64Array;
  readonly #refreshAtMs: Float64Array;
  readonly #random: Random;
  readonly #tokenMs: number;

  /** Sessions whose tokens, valid for `tokenMs`, have any age at time 0. */
  constructor(sessions: number, options: { readonly tokenMs: number; readonly random: Random }) {
    const { tokenMs, random } = options;
    this.versions = new Uint32Array(sessions);
    this.sequences = new Float64Array(sessions);
    this.attemptedAtMs = new Float64Array(sessions).fill(-tokenMs);
    this.#failures = new Uint16Array(sessions);
    this.#tokenEndsAtMs = new Float64Array(sessions);
    this.#refreshAtMs = new Float64Array(sessions);
    this.#random = random;
    this.#tokenMs = tokenMs;
    for (let session = 0; session < sessions; session++) {
      const refreshInMs = this.#refreshIn();
      const ageMs = random.next() * refreshInMs;
      this.#tokenEndsAtMs[session] = tokenMs - ageMs;
      this.#refreshAtMs[session] = refreshInMs - ageMs;
    }
  }

  /** Milliseconds for which the token of `session` is valid yet; `refreshed` is told of new ones. */
  tokenLeftMs(session: number, nowMs: number, refreshed: (atMs: number) => void): number {
    for (;;) {
      const refreshAtMs = this.#refreshAtMs[session] ?? 0;
      const endsAtMs = this.#tokenEndsAtMs[session] ?? 0;
      if (refreshAtMs > nowMs && isFresh(endsAtMs, nowMs)) return endsAtMs - nowMs;
      const atMs = Math.min(refreshAtMs, nowMs);
      refreshed(atMs);
      this.#tokenEndsAtMs[session] = atMs + this.#tokenMs;
      this.#refreshAtMs[session] = atMs + this.#refreshIn();
    }
  }

  /** How long `session` waits after a stream was lost, or could not be opened, at `atMs`. */
  waitMs(session: number, atMs: number, floorMs: number): number {
    const lastedMs = atMs - (this.attemptedAtMs[session] ?? 0);
    const { failures, waitMs } = reconnectAfter(
      this.#failures[session] ?? 0,
      { lastedMs, floorMs },
      this.#random.next(),
    );
    this.#failures[session] = failures;
    return waitMs;
  }

  #refreshIn(): number {
    return refreshInMs(this.#tokenMs, this.#random.next());
  }
}
