/**
 * Watches the stream that is projected: how far it is ahead, and whether it is still the one the tables
 * were filled from. A recreated stream starts its sequences anew, a truncated one uses some twice; both
 * would be projected wrongly without any other sign.
 */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger } from "../platform/mod.ts";
import { ProjectionError } from "./errors.ts";

const INTERVAL_MS = 1_000;

export interface WatchHooks {
  /** Sequence of the last projected message. */
  readonly position: () => number;
  /** Called with the sequence of the stream's last message, and when the oldest one that waits was stored. */
  readonly report: (lastSequence: number, waitingSinceMs: number | undefined) => void;
  /** Called when the stream is no longer the one that was opened. */
  readonly fail: (error: ProjectionError) => void;
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>;

export class StreamWatch {
  readonly #manager: Manager;
  readonly #stream: string;
  readonly #lastSequence: number;
  /** When the stream was created: names its incarnation. */
  readonly epoch: string;

  private constructor(
    manager: Manager,
    seen: { readonly stream: string; readonly epoch: string; readonly lastSequence: number },
  ) {
    this.#manager = manager;
    this.#stream = seen.stream;
    this.#lastSequence = seen.lastSequence;
    this.epoch = seen.epoch;
  }

  /** Looks at `stream`, which must exist. */
  static async open(connection: NatsConnection, stream: string): Promise<StreamWatch> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const { created: epoch, state } = await manager.streams.info(stream);
    return new StreamWatch(manager, { stream, epoch, lastSequence: state.last_seq });
  }

  /**
   * Compares the stream, as it was opened, with what is projected.
   *
   * @throws {ProjectionError} `log-truncated` when it ends before `position`
   */
  check(position: number): void {
    if (this.#lastSequence < position) throw this.#truncated(this.#lastSequence, position);
  }

  /** Sequence of the last message when the stream was opened. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /**
   * Sequence of the last message now.
   *
   * @throws {ProjectionError} `epoch-mismatch` when the stream is another one by now
   */
  async end(): Promise<number> {
    const { created, state } = await this.#manager.streams.info(this.#stream);
    if (created !== this.epoch) throw this.#recreated(created);
    return state.last_seq;
  }

  /** Looks at the stream every second; ends with `clearInterval`. */
  start(hooks: WatchHooks): ReturnType<typeof setInterval> {
    let looking = false;
    let isBlind = false;
    const log = logger("projection");
    const stream = this.#stream;
    return setInterval(async () => {
      if (looking) return;
      looking = true;
      try {
        await this.#look(hooks);
        if (isBlind) log.info("{stream} can be looked at again", { stream });
        isBlind = false;
      } catch (error) {
        if (error instanceof ProjectionError) hooks.fail(error);
        else if (!isBlind) log.warning("Cannot look at {stream}: {error}", { stream, error });
        isBlind = true;
      } finally {
        looking = false;
      }
    }, INTERVAL_MS);
  }

  async #look({ position, report }: WatchHooks): Promise<void> {
    // Read before the stream is asked: what was projected then must be in its answer.
    const projected = position();
    const last = await this.end();
    if (last < projected) throw this.#truncated(last, projected);
    report(last, last > projected ? await this.#storedAt(projected + 1) : undefined);
  }

  /** When message `sequence` was stored; `undefined` when it is not there. */
  async #storedAt(sequence: number): Promise<number | undefined> {
    const message = await this.#manager.streams.getMessage(this.#stream, { seq: sequence });
    return message?.time.getTime();
  }

  #recreated(created: string): ProjectionError {
    return new ProjectionError(
      "epoch-mismatch",
      `Cannot project "${this.#stream}" further: it was created anew at ${created}`,
    );
  }

  #truncated(last: number, projected: number): ProjectionError {
    return new ProjectionError(
      "log-truncated",
      `Cannot project "${this.#stream}": it ends at ${last}, but the tables hold it up to ` +
        `${projected}; the log lost messages, restore it or rebuild the read model`,
    );
  }
}
