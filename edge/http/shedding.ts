/**
 * Refuses commands at the door while more wait for their outcome than may, before anything is spent on them:
 * what is refused must cost far less than what is served, or an overload leaves no time to serve anything.
 */
import type { Counter } from "prom-client";
import type { Logger, Metrics } from "../../actors/platform/mod.ts";
import type { Call } from "./call.ts";
import { problemAnswer } from "./problem.ts";

export interface SheddingOptions {
  /** Whether as many commands wait as may. */
  readonly isFull: () => boolean;
  readonly metrics: Metrics;
  readonly log: Logger;
}

const COMMANDS = /^https?:\/\/[^/]*\/api\/(?:v1\/(?:commands?|groups)|tasks)(?:[/?]|$)/;
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Not everybody is told to come back in the same second. */
const RETRY_AFTER_SECONDS = [1, 2, 3];
/** While it goes on it is told so often. */
const TELL_EVERY_MS = 10_000;

/** Says no to commands of which there are too many. */
export class Shedding {
  readonly #isFull: () => boolean;
  readonly #log: Logger;
  readonly #shed: Counter;
  #count = 0;
  #toldAtMs = -Infinity;

  constructor({ isFull, metrics, log }: SheddingOptions) {
    this.#isFull = isFull;
    this.#log = log;
    this.#shed = metrics.counter({
      name: "tf_commands_shed_total",
      help: "Commands refused because too many were waiting for their outcome",
    });
  }

  /** The refusal of `request`; `undefined` when it is no command, or there is room for it. */
  answer(request: Request, call: Call, nowMs: number): Response | undefined {
    if (!this.#isFull() || SAFE.has(request.method) || !COMMANDS.test(request.url)) {
      return undefined;
    }
    this.#shed.inc();
    if (nowMs - this.#toldAtMs >= TELL_EVERY_MS) {
      this.#toldAtMs = nowMs;
      this.#log.warning("Commands are refused: too many wait for their outcome");
    }
    const seconds = RETRY_AFTER_SECONDS[this.#count++ % RETRY_AFTER_SECONDS.length] ?? 1;
    call.isShed = true;
    return problemAnswer(
      { code: "unavailable", detail: "Too many commands wait; this one was not stored" },
      call,
      { "retry-after": `${seconds}` },
    );
  }
}
