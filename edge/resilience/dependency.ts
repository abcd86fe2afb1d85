/**
 * A server that requests depend on: work that needs it ends in time, and after some failures in a row it is
 * not asked any more for a moment, so that nobody waits for what is not coming and it can recover.
 */
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
} from "cockatiel";
import { logger, type Metrics } from "../../actors/platform/mod.ts";
import { RetryLater } from "../http/mod.ts";

/** Failures in a row after which it is not asked. */
const FAILURES = 5;
/** How long it is not asked, at first and at most. */
const REST_MS = 500;
const LONGEST_REST_MS = 5_000;
/** What clients are told to wait. */
const RETRY_SECONDS = 1;

export interface DependencyOptions {
  readonly name: string;
  /** Which exceptions say that it is away, and are then told as that; others are about the request. */
  readonly isFailure?: (error: unknown) => boolean;
  /** Which results say that nothing was heard from it for too long. */
  readonly isFailedResult?: (result: unknown) => boolean;
  /** Whether it can be reached at all; it is not asked while it cannot. */
  readonly isConnected?: () => boolean;
  /** What clients are told while it is away. */
  readonly detail: string;
}

/**
 * It could not be reached: always a failure, of which clients are told what they are told while it is away, and
 * the log the cause.
 */
export class Unreachable extends Error {}

export interface RunOptions {
  /** When to give up waiting for the work; without, it ends by itself. */
  readonly deadlineMs?: number;
  /** What clients are told while the server is away, where that is not what they are told else. */
  readonly detail?: string;
}

export class Dependency {
  readonly #options: DependencyOptions;
  readonly #breaker: CircuitBreakerPolicy;
  #refused = 0;
  #late = 0;
  #unreachable = 0;

  constructor(options: DependencyOptions) {
    this.#options = options;
    const { name, isFailure = () => false, isFailedResult = () => false } = options;
    this.#breaker = circuitBreaker(
      handleWhen((error) =>
        error instanceof TaskCancelledError || error instanceof Unreachable || isFailure(error)
      )
        .orWhenResult(isFailedResult),
      {
        breaker: new ConsecutiveBreaker(FAILURES),
        halfOpenAfter: new ExponentialBackoff({
          initialDelay: REST_MS,
          maxDelay: LONGEST_REST_MS,
        }),
      },
    );
    const log = logger("edge");
    this.#breaker.onBreak(() =>
      log.warning("{name} does not answer: not asked for a while", { name })
    );
    this.#breaker.onReset(() => log.info("{name} answers again", { name }));
  }

  get name(): string {
    return this.#options.name;
  }

  /** 0: asked; 1: one request tries whether it is back; 2: not asked. */
  get state(): 0 | 1 | 2 {
    if (this.#options.isConnected?.() === false) return 2;
    switch (this.#breaker.state) {
      case CircuitState.Closed:
        return 0;
      case CircuitState.HalfOpen:
        return 1;
      default:
        return 2;
    }
  }

  /** Requests that were refused because it was away, that took too long, and that did not get there. */
  get turnedAway(): Readonly<Record<"refused" | "late" | "unreachable", number>> {
    return { refused: this.#refused, late: this.#late, unreachable: this.#unreachable };
  }

  /**
   * Runs `work`, which asks the server.
   *
   * @throws {ProblemError} `unavailable` when the server is away, or the deadline has passed
   */
  async run<T>(
    work: () => Promise<T> | T,
    { deadlineMs, detail = this.#options.detail }: RunOptions = {},
  ): Promise<T> {
    const problem = { code: "unavailable", detail } as const;
    if (this.#options.isConnected?.() === false) {
      this.#refused++;
      throw new RetryLater(problem, RETRY_SECONDS);
    }
    const timed = deadlineMs === undefined
      ? work
      : () => timeout(deadlineMs, TimeoutStrategy.Aggressive).execute(work);
    try {
      const result = await this.#breaker.execute(timed);
      if (this.#options.isFailedResult?.(result)) this.#late++;
      return result;
    } catch (error) {
      if (this.#options.isFailure?.(error)) {
        throw new RetryLater(problem, RETRY_SECONDS, { cause: error });
      }
      if (error instanceof Unreachable) {
        this.#unreachable++;
        throw new RetryLater(problem, RETRY_SECONDS, { cause: error.cause });
      }
      if (error instanceof BrokenCircuitError) this.#refused++;
      else if (error instanceof TaskCancelledError) this.#late++;
      else throw error;
      throw new RetryLater(problem, RETRY_SECONDS);
    }
  }
}

/** Shows `dependencies` at each scrape. */
export function showDependencies(metrics: Metrics, dependencies: readonly Dependency[]): void {
  metrics.gauge<"dependency">({
    name: "tf_circuit_state",
    help: "Whether a dependency is asked: 0 yes, 1 one request tries, 2 no",
    labelNames: ["dependency"],
    collect() {
      for (const { name, state } of dependencies) this.set({ dependency: name }, state);
    },
  });
  metrics.counter<"dependency" | "reason">({
    name: "tf_circuit_turned_away_total",
    help:
      "Requests that were refused while a dependency was away, took too long, or did not reach it",
    labelNames: ["dependency", "reason"],
    collect() {
      this.reset();
      for (const { name, turnedAway } of dependencies) {
        for (const [reason, count] of Object.entries(turnedAway)) {
          this.inc({ dependency: name, reason }, count);
        }
      }
    },
  });
}
