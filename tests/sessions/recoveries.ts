/** How long sessions were without a stream after something had taken it from them. */
import { quantile } from "./figures.ts";

export class Recoveries {
  readonly #lostAtMs: Float64Array;
  readonly #tookMs: number[] = [];
  #lost = 0;

  constructor(sessions: number) {
    this.#lostAtMs = new Float64Array(sessions).fill(NaN);
  }

  /** The stream of `session` was taken at `atMs`; what counts is the first time. */
  lose(session: number, atMs: number): void {
    if (!Number.isNaN(this.#lostAtMs[session])) return;
    this.#lostAtMs[session] = atMs;
    this.#lost++;
  }

  /** `session` has a stream again at `atMs`. */
  back(session: number, atMs: number): void {
    const lostAtMs = this.#lostAtMs[session] ?? NaN;
    if (Number.isNaN(lostAtMs)) return;
    this.#lostAtMs[session] = NaN;
    this.#tookMs.push(atMs - lostAtMs);
  }

  /** How many lost their stream. */
  get lost(): number {
    return this.#lost;
  }

  /** Whether somebody lost a stream, and everybody who did has one again. */
  get areAllBack(): boolean {
    return this.#lost > 0 && this.#tookMs.length === this.#lost;
  }

  /** How long 95 % and all of those took, in milliseconds; `Infinity` when some are not back. */
  summary(): { readonly p95Ms: number; readonly allMs: number } {
    const sorted = Float64Array.from(this.#tookMs).sort();
    const missing = this.#lost - sorted.length;
    if (this.#lost === 0) return { p95Ms: NaN, allMs: NaN };
    const p95 = Math.ceil(this.#lost * 0.95);
    return {
      p95Ms: p95 > sorted.length ? Infinity : sorted[p95 - 1] ?? NaN,
      allMs: missing > 0 ? Infinity : quantile(sorted, 1),
    };
  }
}
