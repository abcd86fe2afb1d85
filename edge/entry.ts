/**
 * The edge from its first moment on: what it answers before it has reached NATS, and then what the app
 * answers. Whoever listens hands requests to it; it opens no port and ends no process.
 */
import { ConfigError, pause } from "../actors/platform/mod.ts";
import { readConfig } from "./config.ts";
import { earlyAnswer, misdirectedAnswer, START_PATIENCE_MS, startingAnswer } from "./http/mod.ts";
import { type RunningEdge, startEdge } from "./start.ts";

export interface EntryOptions {
  /** Whether what stands in front routes by host itself, by whatever version of HTTP. */
  readonly isRouted: () => boolean;
}

/** Answers requests, whether the edge runs yet or not. */
export class Entry {
  readonly #isRouted: () => boolean;
  #starting: Promise<RunningEdge> | undefined;
  #running: RunningEdge | undefined;

  constructor({ isRouted }: EntryOptions) {
    this.#isRouted = isRouted;
  }

  /**
   * Connects the edge, once.
   *
   * @throws {ConfigError} when a setting is missing or cannot be used
   */
  start(): Promise<RunningEdge> {
    return this.#starting ??= (async () => this.#running = await startEdge(readConfig()))();
  }

  /** Answers `request` of the connection that `info` tells of; while the edge starts, in two seconds at most. */
  async answer(request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
    const refused = this.#isRouted() ? undefined : misdirectedAnswer(request);
    if (refused) return refused;
    if (!this.#running) {
      const early = earlyAnswer(request);
      const started = this.start();
      if (early) return early;
      await Promise.race([started, pause(START_PATIENCE_MS)]);
      if (!this.#running) return startingAnswer(request);
    }
    const { remoteAddr } = info;
    const peer = "hostname" in remoteAddr ? remoteAddr.hostname : "";
    return await this.#running.handle(request, peer);
  }
}

/** Why the edge does not start, as a sentence for the log. */
export function reasonOf(error: unknown): string {
  return error instanceof ConfigError ? error.message : String(error);
}
