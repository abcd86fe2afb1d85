/**
 * Counts violations and tells each kind of them once an hour in the log. Anybody may report anything: the
 * lines of an hour are bounded, labels of the metric come from a fixed list.
 */
import type { Counter } from "prom-client";
import type { Logger, Metrics } from "../../actors/platform/mod.ts";
import type { Violation } from "./report.ts";

const HOUR_MS = 3_600_000;
/** Lines of one hour; more kinds than this are nobody's mistake. */
const MOST_LINES = 200;

export interface ViolationLogOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

export class ViolationLog {
  readonly #reports: Counter<"directive">;
  readonly #log: Logger;
  readonly #now: () => number;
  /** The kinds that were told since {@link #since}. */
  readonly #told = new Set<string>();
  #since: number;

  constructor({ metrics, log, now = () => performance.now() }: ViolationLogOptions) {
    this.#log = log;
    this.#now = now;
    this.#since = now();
    this.#reports = metrics.counter({
      name: "tf_csp_reports_total",
      help: "Reports of violations of the pages' content policy",
      labelNames: ["directive"],
    });
  }

  /** Takes note of one report. */
  note(violation: Violation): void {
    const { directive, blocked, document } = violation;
    this.#reports.inc({ directive });
    const now = this.#now();
    if (now - this.#since >= HOUR_MS) {
      this.#told.clear();
      this.#since = now;
    }
    const kind = `${directive} ${blocked} ${document}`;
    if (this.#told.size > MOST_LINES || this.#told.has(kind)) return;
    this.#told.add(kind);
    if (this.#told.size > MOST_LINES) {
      return this.#log.warning("Further kinds of violations are only counted for the hour");
    }
    this.#log.warning("The content policy of {document} blocked {blocked} by {directive}", {
      ...violation,
    });
  }
}
