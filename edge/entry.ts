/**
 * The edge from its first moment on: what it answers before it has reached NATS, and then what the app
 * answers. Whoever listens hands requests to it; it opens no port and ends no process.
 */
import { ConfigError, logger, pause } from "../actors/platform/mod.ts";
import { readConfig } from "./config.ts";
import {
  answerBeside,
  earlyAnswer,
  misdirectedAnswer,
  START_PATIENCE_MS,
  startingAnswer,
} from "./http/mod.ts";
import { type Observation, observe } from "./observation.ts";
import { type RunningEdge, startEdge } from "./start.ts";

/** How long a start that failed is not tried again, at first and at most. */
const REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/** Starts the edge once; what observes its requests is told before anything is reached. */
export type Start = (onObserved: (observation: Observation) => void) => Promise<RunningEdge>;

export interface EntryOptions {
  /** Whether what stands in front routes by host itself, by whatever version of HTTP. */
  readonly isRouted: () => boolean;
  /** Whether a start that failed is tried again, as where there is no process to end. */
  readonly startsAgain: () => boolean;
  /** How it starts; by the settings of the process unless told. */
  readonly start?: Start;
}

/** Answers requests, whether the edge runs yet or not. */
export class Entry {
  readonly #options: EntryOptions;
  #observation: Observation | undefined;
  #starting: Promise<RunningEdge> | undefined;
  #running: RunningEdge | undefined;
  #failures = 0;
  /** When the last start that failed may be tried again, by `performance`. */
  #againAt = Infinity;

  constructor(options: EntryOptions) {
    this.#options = options;
  }

  /**
   * Connects the edge, once; where a start is tried again, anew when the last one has failed some time ago.
   *
   * @throws {ConfigError} when a setting is missing or cannot be used
   */
  start(): Promise<RunningEdge> {
    if (performance.now() >= this.#againAt) this.#starting = undefined;
    return this.#starting ??= this.#start();
  }

  async #start(): Promise<RunningEdge> {
    this.#againAt = Infinity;
    const { start = startBySettings, startsAgain } = this.#options;
    try {
      return this.#running = await start((observation) => this.#observation = observation);
    } catch (error) {
      if (startsAgain()) {
        const restMs = Math.min(REST_MS * 2 ** this.#failures++, LONGEST_REST_MS);
        this.#againAt = performance.now() + restMs;
        logger("edge").error("The edge does not start: {reason}", {
          reason: reasonOf(error),
          again_after_ms: restMs,
        });
      }
      throw error;
    }
  }

  /** Answers `request` of the connection that `info` tells of; while the edge starts, in two seconds at most. */
  async answer(request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
    const startedAt = performance.now();
    const { remoteAddr } = info;
    const peer = "hostname" in remoteAddr ? remoteAddr.hostname : "";
    const refused = this.#options.isRouted() ? undefined : misdirectedAnswer(request);
    const beside = refused ?? (this.#running ? undefined : await this.#startFor(request));
    if (!beside && this.#running) return await this.#running.handle(request, peer);
    const { telemetry } = this.#observation ??= observe({ logRequests: false });
    return answerBeside(request, beside ?? startingAnswer, { peer, startedAt, telemetry });
  }

  /** What answers `request` before the edge runs; `undefined` when it has started, or `request` came too early. */
  async #startFor(request: Request) {
    // Whoever started it first is told why it fails, and else the log is.
    const started = this.start().catch(() => undefined);
    const early = earlyAnswer(request);
    if (early) return early;
    const over = new AbortController();
    await Promise.race([started, pause(START_PATIENCE_MS, over.signal)]);
    over.abort();
    return undefined;
  }
}

const startBySettings: Start = async (onObserved) => {
  const config = readConfig();
  const observation = observe(config);
  onObserved(observation);
  return await startEdge(config, observation);
};

/** Why the edge does not start, as a sentence for the log. */
export function reasonOf(error: unknown): string {
  return error instanceof ConfigError ? error.message : String(error);
}
